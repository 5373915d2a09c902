package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Files of other tools, where QUIETUNE_MODELS says that they are, and those that we build. */
class PretrainedModelsTest {
  private static final int SEQUENCE = 7;

  private static Path file(String name) {
    String folder = System.getenv("QUIETUNE_MODELS");
    Assumptions.assumeTrue(folder != null, "QUIETUNE_MODELS is not set");
    Path file = Path.of(String.valueOf(folder)).resolve(name);
    assertTrue(Files.exists(file), file + " is missing");
    return file;
  }

  @Test
  void aConvolutionalNetworkFromPyTorch() {
    ModelFile model = ModelFile.load(file("mnist-cnn-tribuo/cnn_mnist.onnx"));
    assertEquals(21_840, model.parameterCount());
    assertEquals(784, model.inputWidth());
    assertEquals(10, model.classes());
    requireParity(model, TestModels.batch(4, 784, 10, 3));
    requireExport(model);
    ModelFile head = model.training(TrainableSelection.head());
    assertEquals(
        List.of("fc2.weight", "fc2.bias"),
        head.parameters().stream().map(ParameterInfo::name).toList());
    assertEquals(510 + 50 * 320 + 50, model.training(TrainableSelection.last(2)).parameterCount());
  }

  @Test
  void aTransformerEncoderFromPyTorch() {
    Path file = file("tinybert-tribuo/tinybert.onnx");
    assertTrue(
        String.valueOf(
                assertThrows(InvalidModelException.class, () -> ModelFile.load(file)).getMessage())
            .contains("dimension 1 ('sequence') is open"));
    ModelOptions options =
        ModelOptions.defaults().withDimension("sequence", SEQUENCE).withOutput("output_1");
    ModelFile model = ModelFile.load(file, options);
    assertEquals(3 * SEQUENCE, model.inputWidth());
    assertEquals(50, model.classes());
    List<String> names = model.parameters().stream().map(ParameterInfo::name).toList();
    assertTrue(names.contains("embeddings.word_embeddings.weight"));
    assertTrue(names.contains("embeddings.LayerNorm.weight"));
    assertTrue(names.contains("pooler.dense.bias"));
    requireParity(model, tokens(3));
    requireExport(model);
  }

  /** Token ids, an attention mask with its end masked out, and token types. */
  private static Batch tokens(int size) {
    SplitMix64 random = new SplitMix64(4);
    int width = 3 * SEQUENCE;
    float[] rows = new float[size * width];
    for (int row = 0; row < size; row++) {
      for (int i = 0; i < SEQUENCE; i++) {
        int at = row * width + i;
        rows[at] = Long.remainderUnsigned(random.nextLong(), 1656);
        rows[at + SEQUENCE] = i < 3 + row ? 1 : 0;
        rows[at + 2 * SEQUENCE] = i % 2;
      }
    }
    double[] labels = new double[size];
    Arrays.fill(labels, 7);
    return new Batch(size, width, rows, labels);
  }

  @Test
  void theConvolutionalNetworkThatPretrainingStartsFrom() {
    ModelFile model = cnn();
    assertEquals(26_010, model.parameterCount());
    requireParity(model, TestModels.hostile(TestModels.batch(3, 784, 10, 3)));
    requireExport(model);
    assertEquals(cnn().sha256(), model.sha256());
    List<String> columns = TestModels.columns(24);
    Preprocessing plain = TestModels.preprocessing(24);
    assertThrows(IllegalArgumentException.class, () -> ModelFile.cnn(columns, plain, 5, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> ModelFile.cnn(columns, plain, 6, 2, 1));
  }

  private static ModelFile cnn() {
    return ModelFile.cnn(TestModels.columns(784), TestModels.preprocessing(784), 28, 10, 5);
  }

  private static void requireParity(ModelFile model, Batch batch) {
    double[] theta = model.parameterValues();
    int d = theta.length;
    RowwiseNetwork rowwise = RowwiseNetwork.of(model);
    int outputs = rowwise.outputs();
    double[] logits = new double[batch.size() * outputs];
    double[] gradients = new double[batch.size() * d];
    RowwiseNetwork.Workspace workspace = rowwise.pass(theta).workspace();
    for (int i = 0; i < batch.size(); i++) {
      workspace.gradient(
          batch.features(),
          i * batch.width(),
          batch.labels()[i],
          gradients,
          i * d,
          logits,
          i * outputs);
    }
    try (OnnxScorer scorer = OnnxScorer.of(model);
        Network single = Network.of(model);
        Network network = single.inDoublePrecision()) {
      float[] theirs = scorer.probabilities(batch.features(), batch.size(), batch.width());
      double[] ours = logits;
      if (model.graph().link() == Graph.Link.SOFTMAX) {
        ours = TestModels.probabilities(logits, outputs);
      }
      // A LogSoftmax at the end gives logarithms.
      boolean logarithms = theirs[0] < 0 && model.graph().link() == Graph.Link.SOFTMAX;
      for (int i = 0; i < theirs.length; i++) {
        double expected = logarithms ? Math.exp(theirs[i]) : theirs[i];
        assertEquals(expected, ours[i], 1e-5);
      }
      assertArrayEquals(logits, single.logits(theta, batch), 1e-4);
      double[] expected = new double[batch.size() * d];
      network.perExampleGradients(theta, batch, expected);
      double scale = Arrays.stream(expected).map(Math::abs).max().orElse(0);
      assertArrayEquals(expected, gradients, 1e-10 * Math.max(1, scale));
      double[] alone = network.meanGradient(theta, batch.slice(0, 1));
      assertArrayEquals(alone, Arrays.copyOf(gradients, d), 1e-10 * Math.max(1, scale));
    }
  }

  /** New parameters come back, and no other byte changes. */
  private static void requireExport(ModelFile model) {
    double[] theta = model.parameterValues();
    double[] moved = theta.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] = (float) (moved[i] + 0.01);
    }
    ModelFile changed = model.withParameters(moved);
    assertArrayEquals(moved, changed.parameterValues());
    assertEquals(model.sha256(), changed.withParameters(theta).sha256());
    byte[] before = model.bytes();
    byte[] after = changed.bytes();
    assertEquals(before.length, after.length);
    int differing = 0;
    for (int i = 0; i < before.length; i++) {
      differing += before[i] == after[i] ? 0 : 1;
    }
    assertTrue(differing > 0 && differing <= Float.BYTES * theta.length);
  }
}
