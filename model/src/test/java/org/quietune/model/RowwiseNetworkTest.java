package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RowwiseNetworkTest {
  private static final int WIDTH = 9;

  /** Logistic and multilayer models, with both activations, narrow and wide layers. */
  private static List<ModelFile> models() {
    List<ModelFile> models = new ArrayList<>();
    for (int classes : new int[] {2, 3, 10}) {
      models.add(
          ModelFile.logistic(TestModels.columns(WIDTH), TestModels.preprocessing(WIDTH), classes));
      models.add(TestModels.mlp(WIDTH, classes, List.of(16), Activation.RELU));
      models.add(TestModels.mlp(WIDTH, classes, List.of(11, 4), Activation.TANH));
    }
    return models.stream().map(model -> TestModels.randomized(model, 11)).toList();
  }

  /**
   * A convolutional, a recurrent and a transformer layer, with an embedding, each with its head.
   */
  private static List<ModelFile> deepModels() {
    List<ModelFile> models = new ArrayList<>();
    for (String text :
        List.of(
            "i = Reshape(x, #[-1,1,2,2]); c = Conv(i, k:3x1x2x2, kb:3) pads=[1,1,1,1]; t = Tanh(c);"
                + " p = MaxPool(t) kernel_shape=[2,2]; f = Flatten(p); z = MatMul(f, w:12x3)",
            "s = Reshape(x, #[-1,2,2]); t = Transpose(s) perm=[1,0,2];"
                + " q, h, c = LSTM(t, w:1x12x2, r:1x12x3, b:1x24) hidden_size=3;"
                + " u = Transpose(h) perm=[1,0,2]; f = Flatten(u); z = MatMul(f, v:3x3)",
            "a = Abs(x); i = Cast(a) to=7; e = Gather(table:30x3, i); q = MatMul(e, wq:3x3);"
                + " k = Transpose(e) perm=[0,2,1]; s = MatMul(q, k); p = Softmax(s) axis=2;"
                + " o = MatMul(p, e); n = LayerNormalization(o, g:3, h:3); f = Flatten(n);"
                + " z = MatMul(f, w:12x3)")) {
      GraphProto.Builder graph = ForeignModels.graph("x", "y");
      new GraphText(graph).add(text + "; y = Softmax(z)");
      models.add(
          ModelFile.parse(
              ForeignModels.model(graph).toBuilder()
                  .clearOpsetImport()
                  .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                  .build()
                  .toByteArray(),
              "deep.onnx"));
    }
    return models;
  }

  /** Graphs of other tools, among them shared weights, alpha, beta, MatMul with Add, Mul. */
  private static List<ModelFile> foreignModels() {
    return List.of(
        ForeignModels.kerasStyle(), ForeignModels.sharedWeight(), ForeignModels.scaledGemm());
  }

  @Test
  void agreesWithTheNetworkOnHostileInputs() {
    for (ModelFile model : models()) {
      requireAgreement(model, TestModels.hostile(TestModels.batch(101, WIDTH, model.classes(), 3)));
    }
  }

  @Test
  void agreesWithTheNetworkOnForeignGraphs() {
    for (ModelFile model : foreignModels()) {
      requireAgreement(model, TestModels.batch(40, ForeignModels.WIDTH, model.classes(), 8));
    }
    requireAgreement(elementwise(), missing(TestModels.batch(60, ForeignModels.WIDTH, 2, 4)));
  }

  @Property(tries = 60)
  void gradientsMatchFiniteDifferencesInAnyShape(
      @ForAll @IntRange(min = 1, max = 7) int width,
      @ForAll @IntRange(min = 2, max = 9) int classes,
      @ForAll @Size(max = 3) List<@IntRange(min = 1, max = 12) Integer> hidden,
      @ForAll long seed) {
    ModelFile model =
        TestModels.randomized(
            hidden.isEmpty()
                ? ModelFile.logistic(
                    TestModels.columns(width), TestModels.preprocessing(width), classes)
                : TestModels.mlp(width, classes, hidden, Activation.TANH),
            seed);
    requireSlopes(model, TestModels.batch(3, width, classes, seed + 1));
  }

  @Test
  void gradientsMatchFiniteDifferencesOnForeignGraphs() {
    for (ModelFile model : foreignModels()) {
      requireSlopes(model, TestModels.batch(9, ForeignModels.WIDTH, 2, 8));
    }
    requireSlopes(elementwise(), missing(TestModels.batch(9, ForeignModels.WIDTH, 2, 8)));
  }

  /** The independence that exact privacy proofs rest on. */
  @Test
  void aRecordsBitsDependOnThatRecordAlone() throws Exception {
    List<ModelFile> all = new ArrayList<>(models());
    all.addAll(foreignModels());
    all.addAll(deepModels());
    for (ModelFile model : all) {
      int width = model.inputWidth();
      boolean clamped = width == WIDTH;
      Batch clean = TestModels.batch(25, width, model.classes(), 17);
      Batch batch = clamped ? TestModels.hostile(clean) : clean;
      RowwiseNetwork network = RowwiseNetwork.of(model);
      RowwiseNetwork.Pass pass = network.pass(model.parameterValues());
      int d = network.parameterCount();

      // Each record alone: its own array, a new network and workspace.
      long[][] alone = new long[batch.size()][];
      for (int i = 0; i < batch.size(); i++) {
        Batch one = batch.slice(i, i + 1);
        RowwiseNetwork.Workspace fresh =
            RowwiseNetwork.of(model).pass(model.parameterValues()).workspace();
        alone[i] = bits(network, fresh, one.features(), 0, one.labels()[0], 0);
      }
      // In one workspace, in opposite order, at other offsets, after a record full of NaN.
      RowwiseNetwork.Workspace shared = pass.workspace();
      float[] poison = new float[width];
      Arrays.fill(poison, Float.NaN);
      for (int i = batch.size() - 1; i >= 0; i--) {
        shared.gradient(poison, 0, Double.NaN, new double[d], 0);
        assertArrayEquals(
            alone[i],
            bits(network, shared, batch.features(), i * width, batch.labels()[i], 1 + i % 5));
      }
      // From several threads at once.
      ExecutorService workers = Executors.newFixedThreadPool(3);
      try {
        List<Future<long[][]>> results = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
          int first = 7 * t;
          results.add(
              workers.submit(
                  () -> {
                    RowwiseNetwork.Workspace own = pass.workspace();
                    long[][] found = new long[batch.size()][];
                    for (int k = 0; k < found.length; k++) {
                      int i = (first + k) % found.length;
                      found[i] =
                          bits(network, own, batch.features(), i * width, batch.labels()[i], i % 3);
                    }
                    return found;
                  }));
        }
        for (Future<long[][]> result : results) {
          assertArrayEquals(alone, result.get());
        }
      } finally {
        workers.shutdownNow();
      }
    }
  }

  /** From the interpreter through both compilers, vector loops with their heads and tails. */
  @Test
  void compilationDoesNotChangeABit() {
    for (ModelFile model :
        List.of(
            TestModels.randomized(TestModels.mlp(37, 3, List.of(21), Activation.TANH), 5),
            TestModels.randomized(TestModels.mlp(37, 2, List.of(19, 9), Activation.RELU), 6))) {
      RowwiseNetwork network = RowwiseNetwork.of(model);
      RowwiseNetwork.Workspace workspace = network.pass(model.parameterValues()).workspace();
      Batch batch = TestModels.hostile(TestModels.batch(4, 37, model.classes(), 2));
      long[][] before = new long[4][];
      for (int i = 0; i < 4; i++) {
        before[i] = bits(network, workspace, batch.features(), i * 37, batch.labels()[i], 0);
      }
      for (int call = 0; call < 20_000; call++) {
        int i = call % 4;
        long[] now =
            bits(network, workspace, batch.features(), i * 37, batch.labels()[i], call % 7);
        if (!Arrays.equals(before[i], now)) {
          assertArrayEquals(before[i], now, "call " + call);
        }
      }
    }
  }

  @Test
  void compilationDoesNotChangeABitOfDeepModels() {
    for (ModelFile model : deepModels()) {
      RowwiseNetwork network = RowwiseNetwork.of(model);
      RowwiseNetwork.Workspace workspace = network.pass(model.parameterValues()).workspace();
      Batch batch = TestModels.batch(4, ForeignModels.WIDTH, 3, 2);
      long[][] before = new long[4][];
      for (int call = 0; call < 6_000; call++) {
        int i = call % 4;
        int at = i * ForeignModels.WIDTH;
        long[] now = bits(network, workspace, batch.features(), at, batch.labels()[i], call % 7);
        before[i] = call < 4 ? now : before[i];
        if (!Arrays.equals(before[i], now)) {
          assertArrayEquals(before[i], now, "call " + call);
        }
      }
    }
  }

  /** A private record may name a word that the table does not have: NaN, never an exception. */
  @Test
  void aPlaceOutsideATableGivesNaN() {
    ModelFile model = deepModels().get(2);
    RowwiseNetwork network = RowwiseNetwork.of(model);
    RowwiseNetwork.Workspace workspace = network.pass(model.parameterValues()).workspace();
    double[] gradient = new double[network.parameterCount()];
    double[] logits = new double[3];
    for (float bad : new float[] {30, 1e9f, Float.POSITIVE_INFINITY, Float.NaN}) {
      float[] record = {1, 2, bad, 3};
      workspace.gradient(record, 0, 1, gradient, 0, logits, 0);
      assertTrue(Double.isNaN(logits[0]));
      assertTrue(Arrays.stream(gradient).anyMatch(Double::isNaN));
    }
    workspace.gradient(new float[] {1, 2, 29, 3}, 0, 1, gradient, 0, logits, 0);
    assertTrue(Double.isFinite(Arrays.stream(gradient).sum()));
  }

  /** The comparison above must be able to fail: another order of summation is seen. */
  @Test
  void theBitComparisonSeesAnotherOrderOfSummation() {
    Batch batch = TestModels.batch(50, WIDTH, 2, 12);
    ModelFile model =
        TestModels.randomized(
            ModelFile.logistic(TestModels.columns(WIDTH), TestModels.preprocessing(WIDTH), 2), 3);
    double[] theta = model.parameterValues();
    RowwiseNetwork.Workspace workspace = RowwiseNetwork.of(model).pass(theta).workspace();
    Preprocessing p = TestModels.preprocessing(WIDTH);
    int forwardDiffers = 0;
    int backwardDiffers = 0;
    for (int i = 0; i < batch.size(); i++) {
      double[] logit = new double[1];
      workspace.logits(batch.features(), i * WIDTH, logit, 0);
      double forward = 0;
      double backward = 0;
      for (int j = 0; j < WIDTH; j++) {
        int k = WIDTH - 1 - j;
        forward += standardized(p, j, batch.features()[i * WIDTH + j]) * theta[j];
        backward += standardized(p, k, batch.features()[i * WIDTH + k]) * theta[k];
      }
      forwardDiffers += logit[0] == forward + theta[WIDTH] ? 0 : 1;
      backwardDiffers += logit[0] == backward + theta[WIDTH] ? 0 : 1;
    }
    assertEquals(0, forwardDiffers);
    assertTrue(backwardDiffers > 0);
  }

  @Test
  void nothingNonFiniteThrowsAndABadLabelGivesNaN() {
    for (ModelFile model : List.of(models().get(2), ForeignModels.kerasStyle())) {
      RowwiseNetwork network = RowwiseNetwork.of(model);
      int d = network.parameterCount();
      RowwiseNetwork.Workspace workspace = network.pass(model.parameterValues()).workspace();
      float[] features = new float[network.inputWidth()];
      double[] out = new double[d];
      for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 1}) {
        Arrays.fill(features, value);
        for (double label :
            new double[] {Double.NaN, -1, 0.5, network.classes(), Double.POSITIVE_INFINITY}) {
          Arrays.fill(out, 0);
          workspace.gradient(features, 0, label, out, 0);
          assertTrue(Double.isNaN(out[d - 1]));
        }
        workspace.gradient(features, 0, 1, out, 0);
      }
      assertTrue(Double.isFinite(Arrays.stream(out).sum()));
    }
  }

  @Test
  void thetaIsCopiedAndNotRounded() {
    ModelFile model = ModelFile.logistic(TestModels.columns(1), TestModels.preprocessing(1), 2);
    double[] theta = {0, 1 + 0x1p-40};
    RowwiseNetwork.Workspace workspace = RowwiseNetwork.of(model).pass(theta).workspace();
    theta[1] = 5;
    double[] logit = new double[1];
    workspace.logits(new float[1], 0, logit, 0);
    assertEquals(1 + 0x1p-40, logit[0]);
  }

  /** Native code that switches a thread to flushing subnormals would make bits depend on it. */
  @Test
  void subnormalsSurviveBesideLibtorch() throws Exception {
    ModelFile model = ModelFile.logistic(TestModels.columns(1), TestModels.preprocessing(1), 2);
    try (Network network = Network.of(model)) {
      Batch one = TestModels.batch(1, 1, 2, 1);
      network.meanGradient(model.parameterValues(), one);
      RowwiseNetwork.Pass pass =
          RowwiseNetwork.of(model).pass(new double[] {0, 3 * Double.MIN_VALUE});
      double[] logits = new double[2];
      pass.workspace().logits(one.features(), 0, logits, 0);
      Thread thread = new Thread(() -> pass.workspace().logits(one.features(), 0, logits, 1));
      thread.start();
      thread.join();
      assertArrayEquals(new double[] {3 * Double.MIN_VALUE, 3 * Double.MIN_VALUE}, logits);
    }
  }

  @Test
  void unsupportedFilesAreRefused() {
    assertRefused(
        "unsupported operator Unknown (the node that computes 'e')",
        ForeignModels.endingIn(
            ForeignModels.node("Unknown", "e", "z"), ForeignModels.node("Softmax", "y", "e")));
    assertRefused(
        "Sigmoid over 2 outputs", ForeignModels.endingIn(ForeignModels.node("Sigmoid", "y", "z")));
    assertRefused(
        "MatMul (the node that computes 'y'): it would mix records",
        ForeignModels.endingIn(ForeignModels.node("MatMul", "y", "z", "z")));
    assertRefused(
        "MatMul (the node that computes 'y'): factors [N, 2] and [4, 2] do not fit",
        ForeignModels.endingIn(ForeignModels.node("MatMul", "y", "z", "w")));
    assertRefused(
        "Mul (the node that computes 'y'): shapes [[N, 2], [4, 2]] cannot be combined",
        ForeignModels.endingIn(ForeignModels.node("Mul", "y", "z", "w")));
  }

  @Test
  void callsAreChecked() {
    ModelFile model = models().get(1);
    RowwiseNetwork network = RowwiseNetwork.of(model);
    int d = network.parameterCount();
    assertEquals(model.parameters(), network.parameters());
    assertEquals(WIDTH, network.inputWidth());
    assertEquals(1, network.outputs());
    assertEquals(2, network.classes());
    assertThrows(IllegalArgumentException.class, () -> network.pass(new double[d - 1]));
    RowwiseNetwork.Workspace workspace = network.pass(new double[d]).workspace();
    float[] features = new float[WIDTH];
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> workspace.gradient(features, 1, 0, new double[d], 0));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> workspace.gradient(features, 0, 0, new double[d], 1));
    assertThrows(
        IndexOutOfBoundsException.class, () -> workspace.logits(features, 0, new double[1], 1));
  }

  /**
   * Every elementwise operator after trained layers, with constants and computed values on either
   * side, a broadcast column, a Max of three, and a choice among trained values.
   */
  private static ModelFile elementwise() {
    GraphProto.Builder graph =
        ForeignModels.graph("x", "y")
            .addInitializer(ForeignModels.packed("fill", 4, 1, ForeignModels.WIDTH))
            .addInitializer(ForeignModels.packed("w", 1, ForeignModels.WIDTH, 2))
            .addInitializer(ForeignModels.packed("v", 2, ForeignModels.WIDTH, 1))
            .addInitializer(ForeignModels.packed("u", 3, ForeignModels.WIDTH, ForeignModels.WIDTH))
            .addInitializer(ForeignModels.packed("c", 5, 2))
            .addInitializer(ForeignModels.packed("s", 6))
            .addInitializer(ForeignModels.packed("head", 7, ForeignModels.WIDTH, 2))
            .addNode(ForeignModels.node("IsNaN", "n", "x"))
            .addNode(ForeignModels.node("Where", "f", "n", "fill", "x"))
            .addNode(ForeignModels.node("MatMul", "z", "f", "w"))
            .addNode(ForeignModels.node("MatMul", "one", "f", "v"))
            .addNode(ForeignModels.node("MatMul", "e", "f", "u"))
            .addNode(ForeignModels.node("Sigmoid", "p", "z"))
            .addNode(ForeignModels.node("Sub", "d", "z", "one"))
            .addNode(ForeignModels.node("Div", "q", "d", "c"))
            .addNode(ForeignModels.node("Div", "r", "s", "p"))
            .addNode(ForeignModels.node("Max", "big", "q", "r", "c"))
            .addNode(ForeignModels.node("Min", "small", "big", "s", "d"))
            .addNode(ForeignModels.node("Mul", "m", "small", "one"))
            .addNode(ForeignModels.node("Where", "g", "n", "e", "f"))
            .addNode(ForeignModels.node("MatMul", "h", "g", "head"))
            .addNode(ForeignModels.node("Add", "l", "h", "m"))
            .addNode(ForeignModels.node("Softmax", "y", "l"));
    return ModelFile.parse(ForeignModels.model(graph).toByteArray(), "foreign.onnx");
  }

  private static Batch missing(Batch batch) {
    float[] features = batch.features().clone();
    for (int i = 0; i < features.length; i += 3) {
      features[i] = Float.NaN;
    }
    return new Batch(batch.size(), batch.width(), features, batch.labels());
  }

  private static void requireAgreement(ModelFile model, Batch batch) {
    double[] theta = model.parameterValues();
    RowwiseNetwork rowwise = RowwiseNetwork.of(model);
    try (Network network = Network.of(model)) {
      int d = network.parameterCount();
      int outputs = network.outputs();
      assertEquals(d, rowwise.parameterCount());
      assertEquals(outputs, rowwise.outputs());
      double[] expected = new double[batch.size() * d];
      network.perExampleGradients(theta, batch, expected);
      double[] actual = filled(batch.size() * d);
      double[] logits = filled(batch.size() * outputs);
      RowwiseNetwork.Workspace workspace = rowwise.pass(theta).workspace();
      for (int i = 0; i < batch.size(); i++) {
        workspace.gradient(
            batch.features(),
            i * batch.width(),
            batch.labels()[i],
            actual,
            i * d,
            logits,
            i * outputs);
      }
      assertClose(network.logits(theta, batch), logits);
      assertClose(expected, actual);
    }
  }

  private static void requireSlopes(ModelFile model, Batch batch) {
    RowwiseNetwork network = RowwiseNetwork.of(model);
    CrossEntropy crossEntropy = new CrossEntropy(network.outputs());
    double[] theta = model.parameterValues();
    int d = network.parameterCount();
    double[] z = new double[network.outputs()];
    double[] gradient = filled(d);
    double h = 1e-6;
    for (int i = 0; i < batch.size(); i++) {
      int at = i * batch.width();
      double label = batch.labels()[i];
      network.pass(theta).workspace().gradient(batch.features(), at, label, gradient, 0);
      for (int j = 0; j < d; j++) {
        double[] losses = new double[2];
        for (int side = 0; side < 2; side++) {
          double[] moved = theta.clone();
          moved[j] += side == 0 ? h : -h;
          network.pass(moved).workspace().logits(batch.features(), at, z, 0);
          losses[side] = crossEntropy.loss(z, 0, label);
        }
        double slope = (losses[0] - losses[1]) / (2 * h);
        assertEquals(slope, gradient[j], 1e-6 * (1 + Math.abs(slope)));
      }
    }
  }

  /** The bits of gradient and logits, read from arrays with the given number of values before. */
  private static long[] bits(
      RowwiseNetwork network,
      RowwiseNetwork.Workspace workspace,
      float[] features,
      int offset,
      double label,
      int before) {
    int d = network.parameterCount();
    double[] out = filled(before + d);
    double[] logits = filled(before + network.outputs());
    workspace.gradient(features, offset, label, out, before, logits, before);
    double[] again = filled(d);
    workspace.gradient(features, offset, label, again, 0);
    long[] bits = new long[d + network.outputs()];
    for (int j = 0; j < d; j++) {
      bits[j] = Double.doubleToRawLongBits(out[before + j]);
      assertEquals(bits[j], Double.doubleToRawLongBits(again[j]));
    }
    for (int k = 0; k < network.outputs(); k++) {
      bits[d + k] = Double.doubleToRawLongBits(logits[before + k]);
    }
    for (int j = 0; j < before; j++) {
      assertEquals(1e9, out[j]);
    }
    return bits;
  }

  private static void assertClose(double[] expected, double[] actual) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertArrayEquals(expected, actual, 1e-5 * Math.max(1, scale));
  }

  private static double standardized(Preprocessing p, int column, double x) {
    double clamped = Math.min(Math.max(x, p.lower()[column]), p.upper()[column]);
    return (clamped - p.center()[column]) / p.scale()[column];
  }

  private static void assertRefused(String culprit, byte[] file) {
    ModelFile model = ModelFile.parse(file, "foreign.onnx");
    String message =
        String.valueOf(
            assertThrows(InvalidModelException.class, () -> RowwiseNetwork.of(model)).getMessage());
    assertTrue(message.contains(culprit), message);
  }

  /** Old content, so that an element left unwritten shows. */
  private static double[] filled(int length) {
    double[] values = new double[length];
    Arrays.fill(values, 1e9);
    return values;
  }
}
