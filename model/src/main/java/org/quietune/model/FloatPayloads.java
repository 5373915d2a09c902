package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the float values of each initializer, and of each attribute of a node that is a list of
 * floats, lie inside the bytes of an ONNX file.
 *
 * <p>All of ONNX's float encodings (raw_data, packed float_data, and floats of an attribute, packed
 * or each behind its tag) are little-endian float32 in place, so new values of the same shape can
 * be written over the old ones and every other byte of the file stays as its author wrote it.
 * Parsing and serializing again could not promise that.
 */
final class FloatPayloads {
  /** Bytes of a value behind its tag, which takes one for the fields that hold floats. */
  private static final int TAGGED = 1 + Float.BYTES;

  /**
   * Values at equal distances in the file.
   *
   * @param offset of the first
   * @param count how many there are
   * @param stride bytes from one to the next
   */
  record Span(int offset, int count, int stride) {
    /** Where a value lies. */
    int at(int index) {
      return offset + stride * index;
    }

    /** Some of the values. */
    Span part(int from, int size) {
      return new Span(at(from), size, stride);
    }
  }

  private record Attribute(int node, String name) {}

  private final Map<String, Span> initializers = new HashMap<>();
  private final Map<Attribute, Span> attributes = new HashMap<>();
  private int nodes;

  private FloatPayloads() {}

  /**
   * Scans a file that {@link ModelProto} has already accepted.
   *
   * @throws IOException when the bytes are not a valid message
   */
  static FloatPayloads scan(byte[] model) throws IOException {
    FloatPayloads payloads = new FloatPayloads();
    CodedInputStream in = CodedInputStream.newInstance(model);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, ModelProto.GRAPH_FIELD_NUMBER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        payloads.scanGraph(in);
        in.popLimit(limit);
      } else {
        in.skipField(tag);
      }
    }
    return payloads;
  }

  /**
   * The values of the initializer of that name; null when they are not stored contiguously in the
   * file.
   */
  @Nullable Span initializer(String name) {
    return initializers.get(name);
  }

  /** The values of an attribute; null when they do not lie at equal distances in the file. */
  @Nullable Span attribute(int node, String name) {
    return attributes.get(new Attribute(node, name));
  }

  private void scanGraph(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, GraphProto.INITIALIZER_FIELD_NUMBER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        scanTensor(in);
        in.popLimit(limit);
      } else if (isMessage(tag, GraphProto.NODE_FIELD_NUMBER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        scanNode(in);
        nodes++;
        in.popLimit(limit);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void scanTensor(CodedInputStream in) throws IOException {
    String name = "";
    Span span = null;
    int payloads = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, TensorProto.NAME_FIELD_NUMBER)) {
        name = in.readString();
      } else if (isMessage(tag, TensorProto.RAW_DATA_FIELD_NUMBER)
          || isMessage(tag, TensorProto.FLOAT_DATA_FIELD_NUMBER)) {
        span = packed(in);
        payloads++;
      } else {
        in.skipField(tag);
      }
    }
    if (span != null && payloads == 1) {
      initializers.put(name, span);
    }
  }

  private void scanNode(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, NodeProto.ATTRIBUTE_FIELD_NUMBER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        scanAttribute(in);
        in.popLimit(limit);
      } else {
        in.skipField(tag);
      }
    }
  }

  private void scanAttribute(CodedInputStream in) throws IOException {
    String name = "";
    Span span = null;
    boolean regular = true;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, AttributeProto.NAME_FIELD_NUMBER)) {
        name = in.readString();
      } else if (isMessage(tag, AttributeProto.FLOATS_FIELD_NUMBER)) {
        regular &= span == null;
        span = packed(in);
      } else if (WireFormat.getTagFieldNumber(tag) == AttributeProto.FLOATS_FIELD_NUMBER
          && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_FIXED32) {
        int at = in.getTotalBytesRead();
        in.skipRawBytes(Float.BYTES);
        regular &= span == null || (span.stride() == TAGGED && at == span.at(span.count()));
        span =
            span == null
                ? new Span(at, 1, TAGGED)
                : new Span(span.offset(), span.count() + 1, TAGGED);
      } else {
        in.skipField(tag);
      }
    }
    if (span != null && regular) {
      attributes.put(new Attribute(nodes, name), span);
    }
  }

  private static Span packed(CodedInputStream in) throws IOException {
    int length = in.readRawVarint32();
    Span span = new Span(in.getTotalBytesRead(), length / Float.BYTES, Float.BYTES);
    in.skipRawBytes(length);
    return span;
  }

  private static boolean isMessage(int tag, int field) {
    return WireFormat.getTagFieldNumber(tag) == field
        && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }
}
