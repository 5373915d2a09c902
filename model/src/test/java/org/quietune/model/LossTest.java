package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossTest {
  /** One linear output, not squashed. */
  private static ModelFile regression() {
    return ModelFile.parse(
        ForeignModels.model(
                ForeignModels.graph("x", "y")
                    .addInitializer(ForeignModels.packed("w", 1, ForeignModels.WIDTH, 1))
                    .addInitializer(ForeignModels.packed("c", 2, 1))
                    .addNode(ForeignModels.node("MatMul", "z", "x", "w"))
                    .addNode(ForeignModels.node("Add", "y", "z", "c")))
            .toByteArray(),
        "regression.onnx");
  }

  @Test
  void wordsAreReadBack() {
    for (String text : List.of("cross-entropy", "cross-entropy:0.25,4.0", "squared", "huber:1.5")) {
      assertEquals(text, Loss.parse(text).text());
    }
    for (String text : List.of("", "huber", "huber:x", "huber:1,2", "squared:1", "l1")) {
      assertThrows(IllegalArgumentException.class, () -> Loss.parse(text), text);
    }
  }

  @Test
  void valuesOfSquaredErrorAndHuber() {
    LossFunction squared = Loss.squaredError().on(regression(), 1);
    LossFunction huber = Loss.huber(2).on(regression(), 1);
    assertEquals(4.5, squared.loss(new double[] {7, 4}, 1, 1));
    assertEquals(0.5, huber.loss(new double[] {4}, 0, 5));
    assertEquals(2 * (3 - 1), huber.loss(new double[] {4}, 0, 1));
    double[] slope = new double[2];
    squared.gradient(new double[] {7, 4}, 1, 1, 0.5, slope);
    assertArrayEquals(new double[] {0, 1.5}, slope);
    huber.gradient(new double[] {7, 4}, 0, 1, 0.5, slope);
    assertArrayEquals(new double[] {1, 1.5}, slope);
    huber.gradient(new double[] {7, 4}, 0, Double.NaN, 0.5, slope);
    assertTrue(Double.isNaN(slope[0]));
  }

  @Test
  void enginesAgreeUnderEveryLoss() {
    Batch numbers = TestModels.batch(20, ForeignModels.WIDTH, 9, 3);
    requireAgreement(regression(), Loss.squaredError(), numbers);
    requireAgreement(regression(), Loss.huber(1.5), numbers);
    ModelFile classes = TestModels.randomized(TestModels.mlp(4, 3, List.of(5), Activation.TANH), 2);
    Loss weighted = Loss.crossEntropy(List.of(0.5, 1.0, 3.0));
    requireAgreement(classes, weighted, TestModels.batch(20, 4, 3, 4));
  }

  @Test
  void aClassWeightScalesTheRecordsOfItsClass() {
    ModelFile model = TestModels.randomized(TestModels.mlp(4, 3, List.of(5), Activation.TANH), 2);
    Batch batch = TestModels.batch(1, 4, 3, 4);
    double[] theta = model.parameterValues();
    double[] plain = new double[theta.length];
    double[] weighted = new double[theta.length];
    Loss loss = Loss.crossEntropy(List.of(0.25, 2.0, 8.0));
    for (int label = 0; label < 3; label++) {
      RowwiseNetwork.of(model)
          .pass(theta)
          .workspace()
          .gradient(batch.features(), 0, label, plain, 0);
      RowwiseNetwork.of(model, loss)
          .pass(theta)
          .workspace()
          .gradient(batch.features(), 0, label, weighted, 0);
      for (int j = 0; j < theta.length; j++) {
        assertEquals(loss.classWeights().get(label) * plain[j], weighted[j], 1e-15);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    ModelFile logistic = ModelFile.logistic(List.of("a"), TestModels.preprocessing(1), 2);
    assertRefused("needs one output", () -> RowwiseNetwork.of(logistic, Loss.squaredError()));
    assertRefused(
        "has 2 classes, but was given 3 weights",
        () -> RowwiseNetwork.of(logistic, Loss.crossEntropy(List.of(1.0, 1.0, 1.0))));
    assertThrows(IllegalArgumentException.class, () -> Loss.huber(0));
    assertThrows(IllegalArgumentException.class, () -> Loss.huber(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Loss.crossEntropy(List.of(1.0, Double.NaN)));
  }

  private static void assertRefused(String part, Runnable action) {
    String message =
        String.valueOf(assertThrows(InvalidModelException.class, action::run).getMessage());
    assertTrue(message.contains(part), message);
  }

  private static void requireAgreement(ModelFile model, Loss loss, Batch batch) {
    double[] theta = model.parameterValues();
    int d = theta.length;
    RowwiseNetwork.Workspace workspace = RowwiseNetwork.of(model, loss).pass(theta).workspace();
    double[] gradient = new double[d];
    try (Network single = Network.of(model, loss);
        Network network = single.inDoublePrecision()) {
      double[] all = new double[batch.size() * d];
      network.perExampleGradients(theta, batch, all);
      for (int i = 0; i < batch.size(); i++) {
        workspace.gradient(batch.features(), i * batch.width(), batch.labels()[i], gradient, 0);
        Batch one = batch.slice(i, i + 1);
        for (int j = 0; j < d; j++) {
          assertEquals(all[i * d + j], gradient[j], 1e-10 * (1 + Math.abs(gradient[j])));
          double[] up = theta.clone();
          double[] down = theta.clone();
          up[j] += 1e-6;
          down[j] -= 1e-6;
          double slope = (network.loss(up, one) - network.loss(down, one)) / 2e-6;
          assertEquals(slope, gradient[j], 1e-5 * (1 + Math.abs(slope)));
        }
      }
    }
  }
}
