package org.quietune.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the float values of each initializer lie inside the bytes of an ONNX file.
 *
 * <p>Both of ONNX's float encodings (raw_data, and packed float_data) are little-endian float32 in
 * place, so new values of the same shape can be written over the old ones and every other byte of
 * the file stays as its author wrote it. Parsing and serializing again could not promise that.
 */
final class InitializerPayloads {
  /** A run of bytes in the file. */
  record Span(int offset, int length) {}

  private final Map<String, Span> spans = new HashMap<>();

  private InitializerPayloads() {}

  /**
   * Scans a file that {@link ModelProto} has already accepted.
   *
   * @throws IOException when the bytes are not a valid message
   */
  static InitializerPayloads scan(byte[] model) throws IOException {
    InitializerPayloads payloads = new InitializerPayloads();
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
  @Nullable Span span(String initializer) {
    return spans.get(initializer);
  }

  private void scanGraph(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (isMessage(tag, GraphProto.INITIALIZER_FIELD_NUMBER)) {
        int limit = in.pushLimit(in.readRawVarint32());
        scanTensor(in);
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
        int length = in.readRawVarint32();
        span = new Span(in.getTotalBytesRead(), length);
        payloads++;
        in.skipRawBytes(length);
      } else {
        in.skipField(tag);
      }
    }
    if (span != null && payloads == 1) {
      spans.put(name, span);
    }
  }

  private static boolean isMessage(int tag, int field) {
    return WireFormat.getTagFieldNumber(tag) == field
        && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }
}
