package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.data.generated.GeneratedWards;
import org.quietune.model.ModelFile;
import org.quietune.model.ParameterInfo;

/** {@code --train}, {@code --subspace} and {@code --curvature}, from files to files. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainingOptionsTest {
  @TempDir static Path folder;

  private Path mlp = Path.of("");

  @BeforeAll
  void prepare() throws IOException {
    new GeneratedWards().write(folder);
    mlp = folder.resolve("mlp.onnx");
    CommandRun.succeeding(
        "pretrain",
        "--data",
        folder.resolve("general-ward.csv"),
        "--label",
        GeneratedWards.LABEL_COLUMN,
        "--arch",
        "mlp:64",
        "--out",
        mlp);
  }

  private Object[] command(Path out, Object... more) {
    return CommandRun.with(
        new Object[] {
          "finetune",
          "--model",
          mlp,
          "--public",
          folder.resolve("general-ward.csv"),
          "--private",
          folder.resolve("cardiac-ward.csv"),
          "--label",
          GeneratedWards.LABEL_COLUMN,
          "--unit",
          GeneratedWards.UNIT_COLUMN,
          "--units",
          400,
          "--epsilon",
          2,
          "--delta",
          1e-5,
          "--rounds",
          2,
          "--ledger",
          CommandRun.ledger(folder),
          "--out",
          out
        },
        more);
  }

  private static JsonNode settings(Path out) throws IOException {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(out.resolve("certificate.json")))
        .path("settings");
  }

  @ParameterizedTest
  @CsvSource({
    "all, kronecker:4, kfac, U Z V', Kronecker-factored",
    "all, kronecker-svd:3, ekfac, U Z V', eigenvalue-corrected",
    "all, identity, diagonal, all parameters, diagonal",
    "all, gaussian:30, dense, normal directions, dense",
    "all, srht:30, lowrank:5, Hadamard, rank-5",
    "last:1, principal:10, dense, leading public, dense",
    "head, identity, ekfac, all parameters, eigenvalue-corrected"
  })
  void whatIsAskedForIsDoneAndSaid(
      String train, String subspace, String curvature, String inSubspace, String inCurvature)
      throws IOException {
    Path out = folder.resolve("run-" + (train + subspace + curvature).replace(':', '-'));
    CommandRun run =
        CommandRun.succeeding(
            command(out, "--train", train, "--subspace", subspace, "--curvature", curvature));
    String line =
        run.errLines().stream()
            .filter(text -> text.startsWith("quietune: training "))
            .findFirst()
            .orElseThrow();
    assertTrue(line.contains(inSubspace) && line.contains(inCurvature), line);
    JsonNode settings = settings(out);
    assertTrue(settings.path("subspace").asText().contains(inSubspace), settings.toString());
    assertTrue(settings.path("curvature").asText().contains(inCurvature), settings.toString());
    assertEquals(!train.equals("all"), settings.path("trained").asText().contains("frozen part"));
    requireOnlyTheTrainedPartMoved(ModelFile.load(mlp), out, train.equals("all") ? "" : "output");
  }

  /**
   * Compares parameters.
   *
   * @param trained what the names of the trained tensors hold; empty for all
   */
  private static void requireOnlyTheTrainedPartMoved(ModelFile before, Path out, String trained) {
    ModelFile after = ModelFile.load(out.resolve("model.onnx"));
    double[] from = before.parameterValues();
    double[] to = after.parameterValues();
    for (ParameterInfo info : before.parameters()) {
      int end = info.offset() + info.size();
      boolean moved =
          !Arrays.equals(
              Arrays.copyOfRange(from, info.offset(), end),
              Arrays.copyOfRange(to, info.offset(), end));
      assertEquals(info.name().contains(trained), moved, info.name());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--subspace, kronecker, kronecker",
    "--subspace, pca:3, pca:3",
    "--curvature, full, full",
    "--curvature, lowrank:0, rank",
    "--train, last:x, last:N",
    "--train, no-such-tensor, no-such-tensor"
  })
  void unknownNamesAreRefusedBeforeAnythingIsWritten(String flag, String value, String said) {
    Path out = folder.resolve("refused");
    CommandRun run = CommandRun.of(command(out, flag, value));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(said), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Path out = folder.resolve("refused");
    CommandRun pair =
        CommandRun.of(command(out, "--subspace", "gaussian:9", "--curvature", "kfac"));
    assertEquals(2, pair.exitCode(), pair.err());
    assertTrue(pair.err().contains("kronecker:R"), pair.err());
    CommandRun other =
        CommandRun.of(command(out, "--mechanism", "dp-gd", "--subspace", "identity"));
    assertEquals(2, other.exitCode(), other.err());
    assertFalse(Files.exists(out));
  }

  /**
   * The head of a convolutional network of another tool, on digits whose labels are turned by one:
   * the frozen part runs once in ONNX Runtime, and only the last layer changes.
   */
  @Test
  @EnabledIfEnvironmentVariable(named = "QUIETUNE_MODELS", matches = ".+")
  @EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
  void theHeadOfAForeignConvolutionalNetwork() throws IOException {
    Path cnn = Path.of(System.getenv("QUIETUNE_MODELS"), "mnist-cnn-tribuo", "cnn_mnist.onnx");
    String open = digits("public", 0, 300);
    String secret = digits("private", 300, 1500);
    String test = digits("test", 1800, 500);
    Path out = folder.resolve("cnn");
    CommandRun run =
        CommandRun.succeeding(
            "finetune",
            "--model",
            cnn,
            "--public",
            open,
            "--private",
            secret,
            "--test",
            test,
            "--train",
            "head",
            "--units",
            1500,
            "--epsilon",
            50,
            "--delta",
            1e-5,
            "--rounds",
            6,
            "--ledger",
            CommandRun.ledger(folder),
            "--out",
            out,
            "--json");
    assertTrue(
        run.err()
            .contains(
                "training 2 tensors, 510 values; 50 features of the frozen part, computed once"),
        run.err());
    requireOnlyTheTrainedPartMoved(ModelFile.load(cnn), out, "fc2");
    JsonNode json = run.json();
    assertTrue(
        json.path("lossAfter").asDouble() < 0.7 * json.path("lossBefore").asDouble(), run.out());
    assertNotEquals(json.path("accuracyBefore"), json.path("accuracyAfter"));
  }

  /** Real digits with every label raised by one, in the format that images come in. */
  private static String digits(String name, int from, int count) throws IOException {
    Path data = Path.of(System.getenv("QUIETUNE_DATA"), "mnist");
    Path images = folder.resolve(name + "-images");
    Path labels = folder.resolve(name + "-labels");
    try (DataInputStream in = open(data.resolve("t10k-images-idx3-ubyte.gz"));
        DataOutputStream out = new DataOutputStream(Files.newOutputStream(images))) {
      in.skipNBytes(16 + 784L * from);
      for (int word : new int[] {0x803, count, 28, 28}) {
        out.writeInt(word);
      }
      out.write(in.readNBytes(784 * count));
    }
    try (DataInputStream in = open(data.resolve("t10k-labels-idx1-ubyte.gz"));
        DataOutputStream out = new DataOutputStream(Files.newOutputStream(labels))) {
      in.skipNBytes(8 + from);
      out.writeInt(0x801);
      out.writeInt(count);
      for (byte label : in.readNBytes(count)) {
        out.write((label + 1) % 10);
      }
    }
    return "idx:" + images + "," + labels;
  }

  private static DataInputStream open(Path file) throws IOException {
    return new DataInputStream(new GZIPInputStream(Files.newInputStream(file)));
  }
}
