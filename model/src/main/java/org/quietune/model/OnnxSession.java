package org.quietune.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** A model in ONNX Runtime that reads records as {@link Graph#inputs} lays them out. */
final class OnnxSession implements AutoCloseable {
  private final String source;
  private final OrtEnvironment environment;
  private final OrtSession session;

  /**
   * An output.
   *
   * @param type FLOAT, INT or BOOL
   * @param shape as computed, records included
   * @param entries row-major
   */
  @SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
  record Output(Value.Type type, long[] shape, float[] entries) {}

  /** Opens a model for one thread per call. */
  OnnxSession(byte[] model, String source) {
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
  }

  /**
   * Runs records.
   *
   * @param inputs how a record is laid out
   * @param rows one record after the other, from {@code offset} on
   * @param outputs names of what to return
   */
  List<Output> run(
      List<Graph.Input> inputs, float[] rows, int offset, int size, List<String> outputs) {
    Map<String, OnnxTensor> feeds = new HashMap<>();
    int width = inputs.stream().mapToInt(input -> input.shape().size()).sum();
    try {
      int at = offset;
      for (Graph.Input input : inputs) {
        feeds.put(input.name(), tensor(input, rows, at, width, size));
        at += input.shape().size();
      }
      List<Output> results = new ArrayList<>();
      try (OrtSession.Result result = session.run(feeds, new LinkedHashSet<>(outputs))) {
        for (String name : outputs) {
          results.add(read((OnnxTensor) result.get(name).orElseThrow()));
        }
      }
      return results;
    } catch (OrtException e) {
      throw new InvalidModelException(
          source, "ONNX Runtime cannot run it: " + OnnxRuntime.firstLine(e), e);
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  OrtSession runtime() {
    return session;
  }

  private OnnxTensor tensor(Graph.Input input, float[] rows, int at, int width, int size)
      throws OrtException {
    int length = input.shape().size();
    long[] shape = new long[input.shape().rank()];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = axis == 0 ? size : input.shape().dim(axis);
    }
    float[] entries = new float[size * length];
    for (int row = 0; row < size; row++) {
      System.arraycopy(rows, at + row * width, entries, row * length, length);
    }
    OnnxJavaType type = typeOf(input.name());
    return switch (type) {
      case FLOAT -> OnnxTensor.createTensor(environment, FloatBuffer.wrap(entries), shape);
      case INT64 -> {
        long[] whole = new long[entries.length];
        for (int i = 0; i < whole.length; i++) {
          whole[i] = (long) entries[i];
        }
        yield OnnxTensor.createTensor(environment, LongBuffer.wrap(whole), shape);
      }
      case INT32 -> {
        int[] whole = new int[entries.length];
        for (int i = 0; i < whole.length; i++) {
          whole[i] = (int) entries[i];
        }
        yield OnnxTensor.createTensor(environment, IntBuffer.wrap(whole), shape);
      }
      case BOOL -> {
        ByteBuffer truths =
            ByteBuffer.allocateDirect(entries.length).order(ByteOrder.nativeOrder());
        for (float entry : entries) {
          truths.put((byte) (entry != 0 ? 1 : 0));
        }
        yield OnnxTensor.createTensor(environment, truths.rewind(), shape, OnnxJavaType.BOOL);
      }
      default ->
          throw new InvalidModelException(
              source, "input '" + input.name() + "' of type " + type + " is not supported");
    };
  }

  private OnnxJavaType typeOf(String input) throws OrtException {
    NodeInfo info = session.getInputInfo().get(input);
    if (info == null || !(info.getInfo() instanceof TensorInfo tensor)) {
      throw new InvalidModelException(source, "input '" + input + "' is not a tensor");
    }
    return tensor.type;
  }

  private Output read(OnnxTensor tensor) {
    long[] shape = tensor.getInfo().getShape();
    return switch (tensor.getInfo().type) {
      case FLOAT -> {
        FloatBuffer buffer = tensor.getFloatBuffer();
        float[] entries = new float[buffer.remaining()];
        buffer.get(entries);
        yield new Output(Value.Type.FLOAT, shape, entries);
      }
      case INT64 -> {
        LongBuffer buffer = tensor.getLongBuffer();
        float[] entries = new float[buffer.remaining()];
        for (int i = 0; i < entries.length; i++) {
          entries[i] = buffer.get(i);
        }
        yield new Output(Value.Type.INT, shape, entries);
      }
      case BOOL -> {
        ByteBuffer buffer = tensor.getByteBuffer();
        float[] entries = new float[buffer.remaining()];
        for (int i = 0; i < entries.length; i++) {
          entries[i] = buffer.get(i);
        }
        yield new Output(Value.Type.BOOL, shape, entries);
      }
      default ->
          throw new InvalidModelException(
              source, "a value of type " + tensor.getInfo().type + " is not supported");
    };
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not free the session", e);
    }
  }
}
