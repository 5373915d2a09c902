package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that PyTorch's own exporters write, against PyTorch: logits, each record's gradient, and
 * what ONNX Runtime computes from the file. Opsets 9 to 17 are exported here and need Debian's
 * python3-torch (1.13): without it the test fails where {@code CI} is set, and is skipped
 * elsewhere. Opsets 18 to 22, by PyTorch 2's present exporter, are files in {@code torch2} beside
 * the tests; its README tells how they were made.
 */
class TorchExporterTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final Path SCRIPT = Path.of("src", "test", "python", "export_torch.py");
  private static final int TRACED = 111;
  private static final Path PRESENT = Path.of("src", "test", "resources", "torch2");
  private static final int PRESENT_FILES = 48;

  @TempDir static Path folder;

  @TestFactory
  Stream<DynamicTest> filesOfThePresentExporter() throws IOException {
    return tests(PRESENT, PRESENT_FILES);
  }

  @TestFactory
  Stream<DynamicTest> filesOfPyTorch() throws IOException, InterruptedException {
    boolean present = run(PYTHON, "-c", "import torch") == 0;
    Assumptions.assumeTrue(present || System.getenv("CI") != null, "python3-torch is missing");
    assertTrue(present, "CI needs python3-torch");
    assertEquals(0, run(PYTHON, SCRIPT.toString(), folder.toString()), this::log);
    return tests(folder, TRACED);
  }

  private static Stream<DynamicTest> tests(Path folder, int expected) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    }
    assertEquals(expected, files.size());
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> agrees(file)));
  }

  private static void agrees(Path file) throws IOException {
    ExportedFacts facts =
        ExportedFacts.of(file, file.getFileName().toString().replaceAll("-[0-9]+\\.onnx$", ""));
    Batch batch = facts.batch();
    ModelFile model = ModelFile.load(file);
    agrees(model, batch, facts, "gradients");
    if (file.getFileName().toString().startsWith("transformer-")) {
      try (FrozenPrefix prefix = FrozenPrefix.split(model.training(TrainableSelection.head()))) {
        agrees(prefix.tail(), prefix.features(batch), facts, "head");
      }
    }
  }

  private static void agrees(ModelFile model, Batch batch, ExportedFacts facts, String gradients) {
    double[] theirs = facts.rows("logits");
    double[] theta = model.parameterValues();
    int d = theta.length;
    try (Network network = Network.of(model)) {
      assertArrayEquals(theirs, output(model, network.logits(theta, batch)), 1e-5);
      assertArrayEquals(theirs, BatchOfOne.scores(model, batch), 1e-5);
      double[] all = BatchOfOne.requireGradients(network, theta, batch);
      for (int i = 0; i < batch.size(); i++) {
        double[] own = Arrays.copyOfRange(all, i * d, (i + 1) * d);
        Arrays.sort(own);
        assertArrayEquals(facts.row(gradients, i), own, 1e-5);
      }
    }
  }

  /** What the file gives out for logits. */
  private static double[] output(ModelFile model, double[] logits) {
    return model.endsInLogProbabilities()
        ? Arrays.stream(TestModels.probabilities(logits, model.classes())).map(Math::log).toArray()
        : logits;
  }

  private static int run(String... command) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of(command[0]))) {
      return -1;
    }
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("python.log").toFile())
            .start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "still running");
    return process.exitValue();
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("python.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
