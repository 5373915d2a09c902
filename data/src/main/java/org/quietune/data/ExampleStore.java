package org.quietune.data;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.quietune.release.PrivateRecords;

/**
 * Private records of one width in a temporary file that only this user can read, so that memory
 * does not grow with their number. It is deleted on {@link #close}, and at the latest when the JVM
 * ends in order.
 */
public final class ExampleStore implements PrivateRecords.Store<Example>, AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final SpillDirectory directory = SpillDirectory.create();
  private final Path file = directory.path().resolve("records");
  private final int width;
  private @Nullable DataOutputStream out;

  /**
   * An empty store.
   *
   * @param width features of each record
   */
  public ExampleStore(int width) {
    this.width = width;
  }

  @Override
  public void clear() {
    try {
      finishWriting();
      out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void add(Example record, boolean startsUnit) {
    DataOutputStream open = out;
    if (open == null) {
      throw new IllegalStateException("clear the store before adding to it");
    }
    try {
      open.writeBoolean(startsUnit);
      open.writeDouble(record.label());
      for (int j = 0; j < width; j++) {
        open.writeFloat(record.features()[j]);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void finishWriting() throws IOException {
    if (out != null) {
      out.close();
      out = null;
    }
  }

  @Override
  public PrivateRecords.Cursor<Example> read() {
    try {
      finishWriting();
      return new StoredCursor(
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER)));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static UncheckedIOException failed(IOException e) {
    return new UncheckedIOException("the temporary file of features cannot be used", e);
  }

  @Override
  public void close() {
    try {
      finishWriting();
    } catch (IOException e) {
      throw failed(e);
    } finally {
      directory.close();
    }
  }

  private final class StoredCursor implements PrivateRecords.Cursor<Example> {
    private final DataInputStream in;
    private Example current = new Example(new float[0], 0);
    private boolean startsUnit;

    StoredCursor(DataInputStream in) {
      this.in = in;
    }

    @Override
    public boolean advance() {
      try {
        int flag = in.read();
        if (flag < 0) {
          return false;
        }
        startsUnit = flag > 0;
        double label = in.readDouble();
        byte[] bytes = in.readNBytes(width * Float.BYTES);
        if (bytes.length < width * Float.BYTES) {
          throw new EOFException();
        }
        float[] features = new float[width];
        java.nio.ByteBuffer.wrap(bytes).asFloatBuffer().get(features);
        current = new Example(features, label);
        return true;
      } catch (IOException e) {
        throw failed(e);
      }
    }

    @Override
    public Example record() {
      return current;
    }

    @Override
    public boolean startsUnit() {
      return startsUnit;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }
}
