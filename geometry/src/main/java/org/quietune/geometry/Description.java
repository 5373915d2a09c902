package org.quietune.geometry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that is needed to make a subspace or a whitener again, bit for bit: a kind, whole numbers
 * (seeds, extents), arrays, and descriptions of parts. Public values. Immutable, as long as nobody
 * writes to its arrays, which are held and not copied.
 *
 * @param kind what it is; {@link Subspaces#of} and {@link Whiteners#of} know the names
 */
public record Description(
    String kind,
    SortedMap<String, Long> integers,
    SortedMap<String, double[]> arrays,
    List<Description> parts) {
  private static final int FORMAT = 1;

  public Description {
    integers = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(integers));
    arrays = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(arrays));
    parts = List.copyOf(parts);
  }

  static Description of(String kind, Map<String, Long> integers) {
    return of(kind, integers, Map.of(), List.of());
  }

  /** A description of its parts, none of which is copied. */
  public static Description of(
      String kind,
      Map<String, Long> integers,
      Map<String, double[]> arrays,
      List<Description> parts) {
    return new Description(kind, new TreeMap<>(integers), new TreeMap<>(arrays), parts);
  }

  long integer(String name) {
    Long value = integers.get(name);
    if (value == null) {
      throw new IllegalArgumentException(kind + " lacks the number " + name);
    }
    return value;
  }

  int extent(String name) {
    return Math.toIntExact(integer(name));
  }

  /** An array by its name, not copied. */
  public double[] array(String name) {
    double[] values = arrays.get(name);
    if (values == null) {
      throw new IllegalArgumentException(kind + " lacks the array " + name);
    }
    return values;
  }

  /** A compact form: big-endian, names in order. The same description gives the same bytes. */
  public byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out) throws IOException {
    out.writeUTF(kind);
    out.writeInt(integers.size());
    for (Map.Entry<String, Long> entry : integers.entrySet()) {
      out.writeUTF(entry.getKey());
      out.writeLong(entry.getValue());
    }
    out.writeInt(arrays.size());
    for (Map.Entry<String, double[]> entry : arrays.entrySet()) {
      out.writeUTF(entry.getKey());
      out.writeInt(entry.getValue().length);
      for (double value : entry.getValue()) {
        out.writeDouble(value);
      }
    }
    out.writeInt(parts.size());
    for (Description part : parts) {
      part.write(out);
    }
  }

  /**
   * Reads {@link #bytes}.
   *
   * @throws IllegalArgumentException when they are not a description
   */
  public static Description parse(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != FORMAT) {
        throw new IllegalArgumentException("a description of another format");
      }
      Description description = read(in);
      if (in.available() > 0) {
        throw new IllegalArgumentException("a description with something behind it");
      }
      return description;
    } catch (IOException e) {
      throw new IllegalArgumentException("not a description, or cut off", e);
    }
  }

  private static Description read(DataInputStream in) throws IOException {
    String kind = in.readUTF();
    TreeMap<String, Long> integers = new TreeMap<>();
    for (int i = count(in, 10); i > 0; i--) {
      integers.put(in.readUTF(), in.readLong());
    }
    TreeMap<String, double[]> arrays = new TreeMap<>();
    for (int i = count(in, 6); i > 0; i--) {
      String name = in.readUTF();
      double[] values = new double[count(in, 8)];
      for (int j = 0; j < values.length; j++) {
        values[j] = in.readDouble();
      }
      arrays.put(name, values);
    }
    List<Description> parts = new ArrayList<>();
    for (int i = count(in, 14); i > 0; i--) {
      parts.add(read(in));
    }
    return new Description(kind, integers, arrays, parts);
  }

  /** A count of things that take at least so many bytes each. */
  private static int count(DataInputStream in, int bytesEach) throws IOException {
    int count = in.readInt();
    if (count < 0 || (long) count * bytesEach > in.available()) {
      throw new IOException("a count of " + count);
    }
    return count;
  }
}
