package org.quietune.data;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A sorted run in a file, read back from its beginning. */
final class RunFile implements SortedRun {
  private static final int BUFFER = 1 << 16;

  private static final int LABEL = Integer.BYTES;
  private static final int FEATURES = LABEL + Double.BYTES;

  /** A run that was written. */
  record Written(Path file, long records) {}

  private final InputStream in;
  private final int width;
  private long left;
  private final byte[] bytes;
  private final ByteBuffer values;
  private Entry current = Entry.NONE;

  private RunFile(InputStream in, long records, int width) {
    this.in = in;
    this.left = records;
    this.width = width;
    this.bytes = new byte[FEATURES + width * Float.BYTES];
    this.values = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  /** Bytes of a record. */
  static long bytes(int unitBytes, int width) {
    return FEATURES + unitBytes + (long) width * Float.BYTES;
  }

  /**
   * Writes a run: of each record the length of its unit's name, its label, its features, the name.
   *
   * @param width features of each record
   */
  static Written write(Path file, SortedRun run, int width) throws IOException {
    byte[] bytes = new byte[FEATURES + width * Float.BYTES];
    ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    long records = 0;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER)) {
      while (run.advance()) {
        Entry entry = run.entry();
        values.putInt(0, entry.unit().length).putDouble(LABEL, entry.label());
        values.position(FEATURES);
        values.asFloatBuffer().put(entry.features());
        out.write(bytes);
        out.write(entry.unit());
        records++;
      }
    }
    return new Written(file, records);
  }

  static RunFile open(Written run, int width) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(run.file()), BUFFER);
    return new RunFile(in, run.records(), width);
  }

  @Override
  public boolean advance() throws IOException {
    if (left == 0) {
      return false;
    }
    left--;
    int got = in.readNBytes(bytes, 0, bytes.length);
    if (got < bytes.length) {
      throw new EOFException("cut off");
    }
    byte[] unit = in.readNBytes(values.getInt(0));
    if (unit.length < values.getInt(0)) {
      throw new EOFException("cut off");
    }
    float[] features = new float[width];
    values.position(FEATURES);
    values.asFloatBuffer().get(features);
    current = new Entry(unit, features, values.getDouble(LABEL));
    return true;
  }

  @Override
  public Entry entry() {
    return current;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
