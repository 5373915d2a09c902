package org.quietune.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The part of a model in front of the first trained tensor, run by ONNX Runtime: turns a record
 * into the features that the trained part, {@link #tail}, reads. Its operators need not be
 * differentiable.
 *
 * <p>The tail has the same trainable tensors in the same order, so θ and gradients are those of the
 * whole file, which alone is given out in the end.
 *
 * <p>Guarantee: a record's features are computed by a call of its own, on one thread, from the
 * record alone; no other record is in the process's reach through this call. That ONNX Runtime
 * gives the same bits at every such call, whatever ran before, is what its implementation does and
 * the tests check, not what a specification promises; the strict arithmetic of {@link
 * RowwiseNetwork} covers the tail only.
 *
 * <p>Threads: may be used by many.
 */
public final class FrozenPrefix implements AutoCloseable {
  private final OnnxSession session;
  private final List<String> outputs;
  private final List<Graph.Input> inputs;
  private final int inputWidth;
  private final int width;
  private final ModelFile tail;

  private FrozenPrefix(
      OnnxSession session, List<String> outputs, List<Graph.Input> inputs, ModelFile tail) {
    this.session = session;
    this.outputs = outputs;
    this.inputs = inputs;
    this.inputWidth = inputs.stream().mapToInt(input -> input.shape().size()).sum();
    this.width = tail.inputWidth();
    this.tail = tail;
  }

  /**
   * Cuts a model.
   *
   * @param model with its selection of trained tensors
   * @throws InvalidModelException when nothing is trained, ONNX Runtime cannot run the front part,
   *     or what crosses the cut does not have the records as its first axis
   */
  public static FrozenPrefix split(ModelFile model) {
    model.trainable().requireTrainable();
    Graph graph = model.graph();
    Cut cut = new Cut(graph, model.trainable());
    ModelProto front = front(model, cut);
    OnnxSession session = new OnnxSession(front.toByteArray(), graph.source());
    try {
      return new FrozenPrefix(session, cut.crossing(), graph.inputs(), tail(model, cut, session));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** The trained part as a model of its own, which reads features instead of records. */
  public ModelFile tail() {
    return tail;
  }

  /** Number of features of a record. */
  public int width() {
    return width;
  }

  /**
   * Computes one record's features. Never throws for what a record holds: where ONNX Runtime fails,
   * as it does on a word that a table lacks, all features are NaN, and so is the record's gradient.
   *
   * @param records holds the record's raw columns from {@code offset} on
   * @param offset index of the first column
   * @return {@link #width} features
   */
  public float[] features(float[] records, int offset) {
    Objects.checkFromIndexSize(offset, inputWidth, records.length);
    float[] features = new float[width];
    List<OnnxSession.Output> computed;
    try {
      computed = session.run(inputs, records, offset, 1, outputs);
    } catch (InvalidModelException e) {
      Arrays.fill(features, Float.NaN);
      return features;
    }
    int at = 0;
    for (OnnxSession.Output output : computed) {
      System.arraycopy(output.entries(), 0, features, at, output.entries().length);
      at += output.entries().length;
    }
    return features;
  }

  /** The features of a batch of public records, with their labels. */
  public Batch features(Batch batch) {
    float[] features = new float[Math.multiplyExact(batch.size(), width)];
    for (int row = 0; row < batch.size(); row++) {
      System.arraycopy(
          features(batch.features(), row * batch.width()), 0, features, row * width, width);
    }
    return new Batch(batch.size(), width, features, batch.labels());
  }

  @Override
  public void close() {
    session.close();
  }

  private static ModelProto front(ModelFile model, Cut cut) {
    ModelProto.Builder front = model.proto().toBuilder();
    GraphProto.Builder graph = front.getGraphBuilder();
    graph.clearOutput().clearNode().addAllNode(cut.before());
    graph.addAllInitializer(model.graph().addedTensors());
    cut.crossing().forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
    return front.build();
  }

  private static ModelFile tail(ModelFile model, Cut cut, OnnxSession session) {
    Graph graph = model.graph();
    ModelProto.Builder tail = model.proto().toBuilder();
    GraphProto.Builder builder = tail.getGraphBuilder();
    builder.clearInput().clearNode().addAllNode(cut.after());
    builder.addAllInitializer(graph.addedTensors());
    builder.clearOutput().addOutput(graph.outputInfo());
    Set<String> read = new HashSet<>();
    cut.after().forEach(node -> read.addAll(node.getInputList()));
    List<TensorProto> kept =
        builder.getInitializerList().stream()
            .filter(tensor -> read.contains(tensor.getName()))
            .toList();
    builder.clearInitializer().addAllInitializer(kept);
    int width = graph.inputWidth();
    List<OnnxSession.Output> one =
        session.run(graph.inputs(), new float[width], 0, 1, cut.crossing());
    List<OnnxSession.Output> two =
        session.run(graph.inputs(), new float[2 * width], 0, 2, cut.crossing());
    for (int i = 0; i < cut.crossing().size(); i++) {
      builder.addInput(info(graph.source(), cut.crossing().get(i), one.get(i), two.get(i)));
    }
    List<String> notes = List.of(ModelFile.INPUT_COLUMNS_KEY);
    for (int i = tail.getMetadataPropsCount() - 1; i >= 0; i--) {
      if (notes.contains(tail.getMetadataProps(i).getKey())) {
        tail.removeMetadataProps(i);
      }
    }
    ModelOptions options =
        ModelOptions.defaults().withTrained(model.selection()).withLoss(model.loss());
    return ModelFile.parse(tail.build().toByteArray(), graph.source(), options);
  }

  /** How the tail declares a value that crosses the cut, from what one and two records gave. */
  private static ValueInfoProto info(
      String source, String name, OnnxSession.Output one, OnnxSession.Output two) {
    long[] shape = one.shape();
    boolean fits = shape.length > 0 && shape.length == two.shape().length;
    for (int axis = 0; fits && axis < shape.length; axis++) {
      fits = axis == 0 ? shape[0] == 1 && two.shape()[0] == 2 : shape[axis] == two.shape()[axis];
    }
    if (!fits) {
      throw new InvalidModelException(
          source,
          "the frozen part hands over '"
              + name
              + "', whose first axis does not count records: train other layers");
    }
    int type =
        switch (one.type()) {
          case FLOAT -> TensorProto.DataType.FLOAT_VALUE;
          case INT -> TensorProto.DataType.INT64_VALUE;
          case BOOL -> TensorProto.DataType.BOOL_VALUE;
        };
    ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(name);
    TensorShapeProto.Builder dims =
        info.getTypeBuilder().getTensorTypeBuilder().setElemType(type).getShapeBuilder();
    dims.addDimBuilder().setDimParam("N");
    for (int axis = 1; axis < shape.length; axis++) {
      dims.addDimBuilder().setDimValue(shape[axis]);
    }
    return info.build();
  }

  /** Which nodes lie before and after the cut, and what crosses it. */
  private static final class Cut {
    private final Graph graph;
    private final Set<String> perRecord = new HashSet<>();
    private final Set<String> onTheta = new HashSet<>();
    private final Set<String> ofShapes = new HashSet<>();
    private final Set<NodeProto> after = new LinkedHashSet<>();
    private final Set<String> crossing = new LinkedHashSet<>();

    Cut(Graph graph, Parameters parameters) {
      this.graph = graph;
      graph.inputs().forEach(input -> perRecord.add(input.name()));
      parameters.list().forEach(parameter -> onTheta.add(parameter.name()));
      for (NodeProto node : graph.nodes()) {
        spread(node);
      }
      collect();
    }

    private void spread(NodeProto node) {
      boolean isShape = node.getOpType().equals("Shape") || node.getOpType().equals("Size");
      boolean shapes = isShape;
      boolean records = false;
      for (String name : node.getInputList()) {
        if (onTheta.contains(name) && !isShape) {
          onTheta.addAll(node.getOutputList());
        }
        shapes |= ofShapes.contains(name);
        records |= perRecord.contains(name);
      }
      if (records && !isShape) {
        perRecord.addAll(node.getOutputList());
      } else if (shapes) {
        // The extents of a value, and what is computed from extents alone, belong to the tail: they
        // count records, but hold nothing of them.
        ofShapes.addAll(node.getOutputList());
      }
    }

    private void collect() {
      Deque<String> open = new ArrayDeque<>(List.of(graph.logits()));
      Set<String> seen = new HashSet<>();
      while (!open.isEmpty()) {
        String name = open.pop();
        NodeProto node = graph.producer(name);
        if (!seen.add(name)) {
          continue;
        }
        if (perRecord.contains(name) && !onTheta.contains(name)) {
          crossing.add(name);
        } else if (node != null && after.add(node)) {
          node.getInputList().forEach(open::push);
        }
      }
    }

    /** The names of what crosses the cut. */
    List<String> crossing() {
      return List.copyOf(crossing);
    }

    List<NodeProto> before() {
      Set<NodeProto> needed = new HashSet<>();
      Deque<String> open = new ArrayDeque<>(crossing);
      while (!open.isEmpty()) {
        NodeProto node = graph.producer(open.pop());
        if (node != null && needed.add(node)) {
          node.getInputList().forEach(open::push);
        }
      }
      return graph.nodes().stream().filter(needed::contains).toList();
    }

    /** The tail's nodes, with those behind the logits that the file ends in. */
    List<NodeProto> after() {
      List<NodeProto> nodes =
          new ArrayList<>(graph.nodes().stream().filter(after::contains).toList());
      nodes.addAll(graph.ending());
      return nodes;
    }
  }
}
