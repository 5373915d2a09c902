package org.quietune.model;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of an ONNX tensor, as doubles.
 *
 * @param type what they mean
 * @param shape its dimensions
 * @param entries row-major
 */
@SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
record TensorContents(Value.Type type, Shape shape, double[] entries) {
  /**
   * Reads a tensor whose entries are inside the message.
   *
   * @throws IllegalArgumentException when their type or number is not as it should be
   */
  static TensorContents of(TensorProto tensor) {
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new IllegalArgumentException("its values are outside the file");
    }
    int[] dims = new int[tensor.getDimsCount()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact(tensor.getDims(i));
    }
    Shape shape = Shape.fixed(dims);
    double[] entries = tensor.hasRawData() ? raw(tensor) : listed(tensor);
    if (entries.length != shape.size()) {
      throw new IllegalArgumentException(
          "holds "
              + entries.length
              + " values inside the file, but its shape "
              + shape
              + " needs "
              + shape.size());
    }
    return new TensorContents(type(tensor.getDataType()), shape, entries);
  }

  /** Whether a tensor is given, of float32, inside the file, and each entry is that number. */
  static boolean areAll(@Nullable TensorProto tensor, double number) {
    if (tensor == null || !Graph.isFloat(tensor)) {
      return false;
    }
    try {
      return Arrays.stream(of(tensor).entries()).allMatch(entry -> entry == number);
    } catch (IllegalArgumentException e) {
      return false; // what cannot be read will be refused where it is used
    }
  }

  /** What an element type of ONNX holds. */
  static Value.Type type(long elementType) {
    return switch ((int) elementType) {
      case TensorProto.DataType.FLOAT_VALUE,
          TensorProto.DataType.DOUBLE_VALUE,
          TensorProto.DataType.FLOAT16_VALUE ->
          Value.Type.FLOAT;
      case TensorProto.DataType.INT64_VALUE,
          TensorProto.DataType.INT32_VALUE,
          TensorProto.DataType.INT16_VALUE,
          TensorProto.DataType.INT8_VALUE,
          TensorProto.DataType.UINT8_VALUE,
          TensorProto.DataType.UINT16_VALUE ->
          Value.Type.INT;
      case TensorProto.DataType.BOOL_VALUE -> Value.Type.BOOL;
      default ->
          throw new IllegalArgumentException("element type " + elementType + " is not supported");
    };
  }

  private static double[] raw(TensorProto tensor) {
    ByteBuffer bytes = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int element = bytes(tensor.getDataType());
    double[] entries = new double[bytes.remaining() / element];
    for (int i = 0; i < entries.length; i++) {
      int at = i * element;
      entries[i] =
          switch (tensor.getDataType()) {
            case TensorProto.DataType.FLOAT_VALUE -> bytes.getFloat(at);
            case TensorProto.DataType.DOUBLE_VALUE -> bytes.getDouble(at);
            case TensorProto.DataType.FLOAT16_VALUE -> half(bytes.getShort(at));
            case TensorProto.DataType.INT64_VALUE -> bytes.getLong(at);
            case TensorProto.DataType.INT32_VALUE -> bytes.getInt(at);
            case TensorProto.DataType.INT16_VALUE -> bytes.getShort(at);
            case TensorProto.DataType.UINT16_VALUE -> bytes.getShort(at) & 0xffff;
            case TensorProto.DataType.UINT8_VALUE -> bytes.get(at) & 0xff;
            default -> bytes.get(at);
          };
    }
    return entries;
  }

  private static double[] listed(TensorProto tensor) {
    return switch (tensor.getDataType()) {
      case TensorProto.DataType.FLOAT_VALUE ->
          tensor.getFloatDataList().stream().mapToDouble(Float::doubleValue).toArray();
      case TensorProto.DataType.DOUBLE_VALUE ->
          tensor.getDoubleDataList().stream().mapToDouble(Double::doubleValue).toArray();
      case TensorProto.DataType.INT64_VALUE ->
          tensor.getInt64DataList().stream().mapToDouble(Long::doubleValue).toArray();
      case TensorProto.DataType.FLOAT16_VALUE ->
          tensor.getInt32DataList().stream().mapToDouble(bits -> half(bits.shortValue())).toArray();
      default -> tensor.getInt32DataList().stream().mapToDouble(Integer::doubleValue).toArray();
    };
  }

  private static int bytes(int elementType) {
    return switch (elementType) {
      case TensorProto.DataType.DOUBLE_VALUE, TensorProto.DataType.INT64_VALUE -> 8;
      case TensorProto.DataType.FLOAT_VALUE, TensorProto.DataType.INT32_VALUE -> 4;
      case TensorProto.DataType.FLOAT16_VALUE,
          TensorProto.DataType.INT16_VALUE,
          TensorProto.DataType.UINT16_VALUE ->
          2;
      default -> 1;
    };
  }

  /** A number of IEEE 754's 16-bit format. */
  private static double half(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    double size =
        exponent == 0
            ? fraction * 0x1p-24
            : exponent == 0x1f
                ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : Math.scalb((double) 0x400 + fraction, exponent - 25);
    return bits < 0 ? -size : size;
  }
}
