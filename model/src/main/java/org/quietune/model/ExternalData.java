package org.quietune.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes tensors that a model file keeps in other files into the file itself, so that one file, and
 * one hash, hold all there is. Every field but those of the moved tensors stays byte for byte.
 */
final class ExternalData {
  private static final long REST = -1;

  private final Path folder;
  private final String source;

  private ExternalData(Path folder, String source) {
    this.folder = folder;
    this.source = source;
  }

  /**
   * The file with everything inside.
   *
   * @param model the file's bytes; returned as they are when nothing lies outside, or when they are
   *     no ONNX model
   * @param folder where the file lies; others are looked for there and below, nowhere else
   * @throws InvalidModelException when a tensor cannot be read
   */
  static byte[] embed(byte[] model, Path folder, String source) {
    try {
      GraphProto graph = ModelProto.parseFrom(model).getGraph();
      if (graph.getInitializerList().stream().noneMatch(ExternalData::isExternal)) {
        return model;
      }
      return new ExternalData(folder, source).rewriteModel(model);
    } catch (IOException e) {
      return model; // not an ONNX model: whoever parses it will say so
    }
  }

  private static boolean isExternal(TensorProto tensor) {
    return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
  }

  private interface Rewriting {
    byte[] of(byte[] message) throws IOException;
  }

  private byte[] rewriteModel(byte[] model) throws IOException {
    return rewrite(model, ModelProto.GRAPH_FIELD_NUMBER, this::rewriteGraph);
  }

  private byte[] rewriteGraph(byte[] graph) throws IOException {
    return rewrite(graph, GraphProto.INITIALIZER_FIELD_NUMBER, this::rewriteTensor);
  }

  /** Copies a message, field by field, with those of one number rewritten. */
  private static byte[] rewrite(byte[] message, int field, Rewriting rewriting) throws IOException {
    ByteArrayOutputStream copy = new ByteArrayOutputStream(message.length);
    CodedOutputStream out = CodedOutputStream.newInstance(copy);
    CodedInputStream in = CodedInputStream.newInstance(message);
    int from = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field) {
        out.writeByteArray(field, rewriting.of(in.readByteArray()));
      } else {
        in.skipField(tag);
        out.writeRawBytes(message, from, in.getTotalBytesRead() - from);
      }
      from = in.getTotalBytesRead();
    }
    out.flush();
    return copy.toByteArray();
  }

  private byte[] rewriteTensor(byte[] message) throws IOException {
    TensorProto tensor = TensorProto.parseFrom(message);
    if (!isExternal(tensor)) {
      return message;
    }
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(copy);
    CodedInputStream in = CodedInputStream.newInstance(message);
    int from = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      in.skipField(tag);
      int field = WireFormat.getTagFieldNumber(tag);
      if (field != TensorProto.EXTERNAL_DATA_FIELD_NUMBER
          && field != TensorProto.DATA_LOCATION_FIELD_NUMBER) {
        out.writeRawBytes(message, from, in.getTotalBytesRead() - from);
      }
      from = in.getTotalBytesRead();
    }
    out.writeByteArray(TensorProto.RAW_DATA_FIELD_NUMBER, read(tensor));
    out.flush();
    return copy.toByteArray();
  }

  private byte[] read(TensorProto tensor) {
    Map<String, String> where = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      where.put(entry.getKey(), entry.getValue());
    }
    String location = where.getOrDefault("location", "");
    Path file = folder.resolve(location).normalize();
    // A model must not be able to have any file of the machine read.
    if (location.isEmpty()
        || Path.of(location).isAbsolute()
        || !file.startsWith(folder.normalize())) {
      throw refused(tensor, "lies outside the model's folder: '" + location + "'", null);
    }
    try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "r")) {
      long offset = Long.parseLong(where.getOrDefault("offset", "0"));
      long length = Long.parseLong(where.getOrDefault("length", Long.toString(REST)));
      long size = length == REST ? data.length() - offset : length;
      if (offset < 0 || size < 0 || size > data.length() - offset) {
        throw refused(tensor, "reaches beyond the end of '" + location + "'", null);
      }
      if (size > Integer.MAX_VALUE) {
        throw refused(tensor, "is larger than 2 GiB", null);
      }
      byte[] bytes = new byte[(int) size];
      data.seek(offset);
      data.readFully(bytes);
      return bytes;
    } catch (IOException | NumberFormatException e) {
      throw refused(tensor, "cannot be read from '" + location + "'", e);
    }
  }

  private InvalidModelException refused(
      TensorProto tensor, String what, @Nullable Exception cause) {
    String problem = "external data of '" + tensor.getName() + "' " + what;
    return cause == null
        ? new InvalidModelException(source, problem)
        : new InvalidModelException(source, problem, cause);
  }
}
