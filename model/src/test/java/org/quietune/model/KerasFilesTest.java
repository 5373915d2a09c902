package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Files that Keras' own exporter writes (see the README beside them), against Keras: probabilities
 * and each record's gradient; and what ONNX Runtime computes from the file.
 */
class KerasFilesTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "keras");
  private static final int FILES = 14;

  @TestFactory
  Stream<DynamicTest> filesOfKeras() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    }
    assertEquals(FILES, files.size());
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> agrees(file)));
  }

  private static void agrees(Path file) throws IOException {
    ExportedFacts facts =
        ExportedFacts.of(file, file.getFileName().toString().replace(".onnx", ""));
    Batch batch = facts.batch();
    double[] theirs = facts.rows("probabilities");
    ModelFile model = ModelFile.load(file);
    double[] theta = model.parameterValues();
    try (Network network = Network.of(model)) {
      double[] z = network.logits(theta, batch);
      assertArrayEquals(theirs, TestModels.probabilities(z, network.outputs()), 1e-5);
      assertArrayEquals(theirs, BatchOfOne.scores(model, batch), 1e-5);
      double[] gradients = BatchOfOne.requireGradients(network, theta, batch);
      int d = theta.length;
      for (int i = 0; i < batch.size() && facts.has("gradients"); i++) {
        double[] own = Arrays.copyOfRange(gradients, i * d, (i + 1) * d);
        Arrays.sort(own);
        assertArrayEquals(facts.row("gradients", i), own, 1e-5);
      }
    }
    try (FrozenPrefix prefix = FrozenPrefix.split(model.training(TrainableSelection.head()));
        Network tail = Network.of(prefix.tail())) {
      assertEquals(2, prefix.tail().parameters().size(), "a weight and its bias");
      double[] z = tail.logits(tail.parameterValues(), prefix.features(batch));
      assertArrayEquals(theirs, TestModels.probabilities(z, tail.outputs()), 1e-5);
    }
  }
}
