package org.quietune.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of unsigned bytes in the IDX format of the MNIST files, plain or gzipped: a magic number
 * that tells the number of dimensions, the dimensions as big-endian 32-bit integers, then the
 * items.
 *
 * @param name how messages call it
 * @param item what it holds, for messages: {@code "image"} or {@code "label"}
 * @param headerBytes where the first item starts
 * @param count number of items
 * @param height rows of an item
 * @param width bytes of a row
 */
record IdxFile(
    String name,
    Path path,
    FileStamp stamp,
    boolean gzip,
    String item,
    int headerBytes,
    int count,
    int height,
    int width) {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int UNSIGNED_BYTES = 0x0800;

  /**
   * Reads and checks the header of a file of images.
   *
   * @throws InvalidDataException naming the file and the byte that is wrong
   */
  static IdxFile ofImages(String name, Path path) {
    return open(name, path, "image", 3);
  }

  /** The same for a file of labels. */
  static IdxFile ofLabels(String name, Path path) {
    return open(name, path, "label", 1);
  }

  private static IdxFile open(String name, Path path, String item, int dimensions) {
    FileStamp stamp = FileStamp.ofReadable(name, path);
    int headerBytes = Integer.BYTES * (1 + dimensions);
    try (InputStream raw = Files.newInputStream(path)) {
      byte[] start = raw.readNBytes(2);
      boolean gzip =
          start.length == 2 && (((start[0] & 0xff) << 8) | (start[1] & 0xff)) == GZIP_MAGIC;
      byte[] header = new byte[headerBytes];
      int got;
      try (InputStream in = content(path, gzip)) {
        got = in.readNBytes(header, 0, headerBytes);
      } catch (EOFException | ZipException e) {
        throw tornGzip(name, "in its header", e);
      }
      ByteBuffer numbers = ByteBuffer.wrap(header);
      int magic = UNSIGNED_BYTES + dimensions;
      if (got >= Integer.BYTES && numbers.getInt(0) != magic) {
        throw new InvalidDataException(
            "%s byte 0: the magic number is 0x%08x, that of an IDX file of %ss is 0x%08x"
                .formatted(name, numbers.getInt(0), item, magic));
      }
      if (got < headerBytes) {
        throw new InvalidDataException(
            "%s ends at byte %d, within the header of %d bytes".formatted(name, got, headerBytes));
      }
      int[] extents = {1, 1, 1};
      for (int i = 0; i < dimensions; i++) {
        int at = Integer.BYTES * (1 + i);
        extents[i] = numbers.getInt(at);
        if (extents[i] < 1) {
          throw new InvalidDataException(
              "%s byte %d: %d %s"
                  .formatted(
                      name,
                      at,
                      extents[i],
                      i == 0 ? item + "s" : i == 1 ? "rows of pixels" : "columns of pixels"));
        }
      }
      if (!ImageShape.isUsable(1, extents[1], extents[2])) {
        throw new InvalidDataException(
            "%s byte 8: images of %d × %d pixels are too large"
                .formatted(name, extents[1], extents[2]));
      }
      IdxFile file =
          new IdxFile(
              name, path, stamp, gzip, item, headerBytes, extents[0], extents[1], extents[2]);
      file.requireLength();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  /** The length of a plain file tells at once whether it is whole. */
  private void requireLength() {
    long expected = headerBytes + (long) count * itemBytes();
    if (!gzip && stamp.bytes() < expected) {
      throw endsWithin((stamp.bytes() - headerBytes) / itemBytes(), stamp.bytes());
    }
    if (!gzip && stamp.bytes() > expected) {
      throw goesOn(expected);
    }
  }

  private static InputStream content(Path path, boolean gzip) throws IOException {
    InputStream file = Files.newInputStream(path);
    try {
      return gzip ? new GZIPInputStream(file, 1 << 16) : new BufferedInputStream(file, 1 << 16);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  int itemBytes() {
    return height * width;
  }

  Items items() {
    try {
      InputStream in = content(path, gzip);
      try {
        in.skipNBytes(headerBytes);
      } catch (IOException e) {
        in.close();
        throw e;
      }
      return new Items(in);
    } catch (EOFException | ZipException e) {
      throw tornGzip(name, "in its header", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  private InvalidDataException endsWithin(long index, long at) {
    return new InvalidDataException(
        "%s ends at byte %d, within %s %d of %d"
            .formatted(name + unpacked(), at, item, index + 1, count));
  }

  private InvalidDataException goesOn(long end) {
    return new InvalidDataException(
        "%s goes on at byte %d, after the last of its %d %ss"
            .formatted(name + unpacked(), end, count, item));
  }

  /** A position in a gzipped file counts the bytes that it unpacks to. */
  private String unpacked() {
    return gzip ? ", unpacked," : "";
  }

  private static InvalidDataException tornGzip(String name, String where, IOException cause) {
    return new InvalidDataException(name + ": the gzip data is damaged or cut off " + where, cause);
  }

  /** One pass over the items. */
  final class Items implements AutoCloseable {
    private final InputStream in;
    private int index;

    private Items(InputStream in) {
      this.in = in;
    }

    /** Reads the next item; false after the last one. */
    boolean next(byte[] out) {
      try {
        if (index == count) {
          if (in.read() >= 0) {
            throw goesOn(headerBytes + (long) count * itemBytes());
          }
          return false;
        }
        int got = in.readNBytes(out, 0, itemBytes());
        if (got < itemBytes()) {
          throw endsWithin(index, headerBytes + (long) index * itemBytes() + got);
        }
        index++;
        return true;
      } catch (EOFException | ZipException e) {
        throw tornGzip(
            name, index == count ? "after the last " + item : "at " + item + " " + (index + 1), e);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + name, e);
      }
    }

    /** The item that was read last, for people. */
    String place() {
      return "%s %s %d (byte %d)"
          .formatted(name, item, index, headerBytes + (long) (index - 1) * itemBytes());
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close " + name, e);
      }
    }
  }
}
