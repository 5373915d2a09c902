package org.quietune.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.ValueInfo;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Probabilities from an ONNX file, computed by ONNX Runtime: what any other user of the file gets.
 *
 * <p>The file must have exactly one float input [N, p] with N left open, and exactly one float
 * tensor among its outputs, of shape [N], [N, 1] or [N, K]; their names do not matter. The values
 * are returned as they are: for a file that ends in logits they are no probabilities.
 *
 * <p>May be used by many threads; each call runs on its own thread.
 */
public final class OnnxScorer implements AutoCloseable {
  private final String source;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final String input;
  private final long width;
  private final String output;

  private OnnxScorer(byte[] model, String source) {
    this.source = source;
    try {
      environment = OnnxRuntime.environment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        session = environment.createSession(model, options);
      }
    } catch (OrtException e) {
      throw new InvalidModelException(
          source, "ONNX Runtime cannot load it: " + OnnxRuntime.firstLine(e), e);
    }
    try {
      NodeInfo features = floatInput();
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

  /**
   * Opens a model file.
   *
   * @throws InvalidModelException when it cannot be read, ONNX Runtime refuses it, or its inputs
   *     and outputs differ from the above
   */
  public static OnnxScorer open(Path file) {
    try {
      return new OnnxScorer(Files.readAllBytes(file), file.toString());
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
    try (OnnxTensor tensor =
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(rows), new long[] {size, width});
        OrtSession.Result result = session.run(Map.of(input, tensor), Set.of(output))) {
      OnnxTensor values = (OnnxTensor) result.get(0);
      long[] shape = values.getInfo().getShape();
      if (shape.length == 0 || shape.length > 2 || shape[0] != size) {
        throw new InvalidModelException(
            source, "output '" + output + "' must have shape [N], [N, 1] or [N, K]");
      }
      FloatBuffer buffer = values.getFloatBuffer();
      float[] probabilities = new float[buffer.remaining()];
      buffer.get(probabilities);
      return probabilities;
    } catch (OrtException e) {
      throw new InvalidModelException(
          source, "ONNX Runtime cannot run it: " + OnnxRuntime.firstLine(e), e);
    }
  }

  /** Frees the native session. */
  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not free the session", e);
    }
  }

  private NodeInfo floatInput() throws OrtException {
    List<NodeInfo> inputs = List.copyOf(session.getInputInfo().values());
    if (inputs.size() != 1) {
      throw new InvalidModelException(
          source,
          "must have exactly one input, has " + inputs.size() + " " + session.getInputNames());
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
    for (NodeInfo candidate : session.getOutputInfo().values()) {
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
              + session.getOutputNames());
    }
    return tensors.get(0);
  }
}
