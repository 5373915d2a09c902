package org.quietune.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.ValueInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Probabilities from an ONNX file, computed by ONNX Runtime: what any other user of the file gets.
 *
 * <p>A file given as bytes must have exactly one float input [N, p] with N left open, and exactly
 * one float tensor among its outputs, of shape [N], [N, 1] or [N, K]; their names do not matter.
 * The values are returned as they are: for a file that ends in logits they are no probabilities.
 *
 * <p>May be used by many threads; each call runs on its own thread.
 */
public final class OnnxScorer implements AutoCloseable {
  private final String source;
  private final OnnxSession session;
  private final List<Graph.Input> layout;
  private final String input;
  private final long width;
  private final String output;

  private OnnxScorer(byte[] model, String source) {
    this.source = source;
    session = new OnnxSession(model, source);
    try {
      NodeInfo features = floatInput();
      layout = List.of();
      input = features.getName();
      width = ((TensorInfo) features.getInfo()).getShape()[1];
      output = floatOutput();
    } catch (OrtException e) {
      close();
      throw new InvalidModelException(
          source, "ONNX Runtime cannot describe it: " + OnnxRuntime.firstLine(e), e);
    } catch (InvalidModelException e) {
      close();
      throw e;
    }
  }

  private OnnxScorer(ModelFile model) {
    source = model.graph().source();
    session = new OnnxSession(scored(model), source);
    layout = model.graph().inputs();
    input = "";
    width = model.inputWidth();
    output = model.graph().output();
  }

  /** The file, which also gives out the tensor that its output is made of. */
  private static byte[] scored(ModelFile model) {
    String tensor = model.graph().output();
    if (tensor.equals(model.graph().declaredOutput())) {
      return model.bytes();
    }
    ModelProto.Builder more = model.proto().toBuilder();
    more.getGraphBuilder().addOutput(ValueInfoProto.newBuilder().setName(tensor));
    return more.build().toByteArray();
  }

  /**
   * Opens a model that has been read, with all its inputs and the output that was chosen.
   *
   * @throws InvalidModelException when ONNX Runtime refuses it
   */
  public static OnnxScorer of(ModelFile model) {
    return new OnnxScorer(model);
  }

  /**
   * Opens a model file.
   *
   * @throws InvalidModelException when it cannot be read, ONNX Runtime refuses it, or its inputs
   *     and outputs differ from the above
   */
  public static OnnxScorer open(Path file) {
    try {
      Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file);
      byte[] whole = ExternalData.embed(Files.readAllBytes(file), folder, file.toString());
      return new OnnxScorer(whole, file.toString());
    } catch (NoSuchFileException e) {
      throw new InvalidModelException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new InvalidModelException(file.toString(), "cannot be read as a file", e);
    }
  }

  /**
   * Opens a model from the bytes of its file.
   *
   * @throws InvalidModelException as {@link #open}
   */
  public static OnnxScorer of(byte[] model) {
    return new OnnxScorer(model, "model");
  }

  /**
   * Scores rows of raw input columns.
   *
   * @param rows row-major size × width; NaN and infinities are allowed
   * @param size number of rows, at least 1
   * @param width number of columns
   * @return row-major size × 1 or size × K
   * @throws InvalidModelException when the model reads another number of columns
   */
  public float[] probabilities(float[] rows, int size, int width) {
    if (size < 1 || rows.length != (long) size * width) {
      throw new IllegalArgumentException(
          "rows must hold size × width = "
              + (long) size * width
              + " values, at least one row; held "
              + rows.length);
    }
    if (this.width >= 0 && this.width != width) {
      throw InvalidModelException.wrongWidth(source, this.width, width);
    }
    List<Graph.Input> inputs =
        layout.isEmpty()
            ? List.of(new Graph.Input(input, Value.Type.FLOAT, new Shape(new int[] {1, width}, 0)))
            : layout;
    OnnxSession.Output values = session.run(inputs, rows, 0, size, List.of(output)).get(0);
    long[] shape = values.shape();
    if (shape.length == 0 || shape.length > 2 || shape[0] != size) {
      throw new InvalidModelException(
          source, "output '" + output + "' must have shape [N], [N, 1] or [N, K]");
    }
    return values.entries();
  }

  /** Frees the native session. */
  @Override
  public void close() {
    session.close();
  }

  private NodeInfo floatInput() throws OrtException {
    List<NodeInfo> inputs = List.copyOf(session.runtime().getInputInfo().values());
    if (inputs.size() != 1) {
      throw new InvalidModelException(
          source,
          "must have exactly one input, has "
              + inputs.size()
              + " "
              + session.runtime().getInputNames());
    }
    NodeInfo only = inputs.get(0);
    if (!(only.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || tensor.getShape().length != 2) {
      throw new InvalidModelException(
          source, "input '" + only.getName() + "' must be a float32 tensor of shape [N, columns]");
    }
    if (tensor.getShape()[0] >= 0) {
      throw new InvalidModelException(
          source,
          "input '"
              + only.getName()
              + "' has a fixed number of rows ("
              + tensor.getShape()[0]
              + "): export it with a dynamic first dimension");
    }
    return only;
  }

  private String floatOutput() throws OrtException {
    List<String> tensors = new ArrayList<>();
    for (NodeInfo candidate : session.runtime().getOutputInfo().values()) {
      ValueInfo info = candidate.getInfo();
      if (info instanceof TensorInfo tensor) {
        if (tensor.type == OnnxJavaType.FLOAT) {
          tensors.add(candidate.getName());
        }
      } else {
        throw new InvalidModelException(
            source,
            "output '"
                + candidate.getName()
                + "' is a list of maps, not a tensor: export it without ZipMap"
                + " (scikit-learn: options={'zipmap': False})");
      }
    }
    if (tensors.size() != 1) {
      throw new InvalidModelException(
          source,
          "must have exactly one float32 tensor among its outputs, has "
              + tensors.size()
              + " among "
              + session.runtime().getOutputNames());
    }
    return tensors.get(0);
  }
}
