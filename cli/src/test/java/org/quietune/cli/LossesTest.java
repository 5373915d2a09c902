package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.model.ModelFile;

/** {@code --loss} and {@code --class-weights}, from files to files, killed runs included. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LossesTest {
  private static final int PUBLIC_ROWS = 400;
  private static final int PRIVATE_ROWS = 3000;

  @TempDir static Path folder;

  private SmallRun numbers;
  private SmallRun classes;

  /** The small wards with a number in the label's place: days of stay, which differ by ward. */
  @BeforeAll
  void prepare() throws IOException {
    classes = SmallRun.prepare(Files.createDirectory(folder.resolve("classes")));
    numbers = SmallRun.prepare(Files.createDirectory(folder.resolve("numbers")));
    Path publicFile = numbers.folder().resolve("public.csv");
    SmallWards.write(publicFile, stays(PUBLIC_ROWS, 1, false));
    SmallWards.write(numbers.privateFile(), stays(PRIVATE_ROWS, 2, true));
    SmallWards.write(numbers.folder().resolve("test.csv"), stays(1000, 3, true));
    Files.delete(numbers.model());
    CommandRun run =
        CommandRun.succeeding(
            "pretrain",
            "--data",
            publicFile,
            "--label",
            "died",
            "--out",
            numbers.model(),
            "--json");
    assertEquals("squared", run.json().path("objective").asText());
    assertTrue(run.json().path("r2").asDouble() > 0.8, run.out());
    assertFalse(run.json().has("classes"));
  }

  private static List<String> stays(int rows, long seed, boolean shifted) {
    SplittableRandom random = new SplittableRandom(seed);
    String header = shifted ? SmallWards.PRIVATE_HEADER : SmallWards.PUBLIC_HEADER;
    List<String> lines = new ArrayList<>(List.of(header));
    for (int i = 0; i < rows; i++) {
      double age = random.nextDouble(20, 90);
      double pulse = random.nextDouble(50, 130);
      double lactate = random.nextDouble(0.5, 5);
      double slope = 0.3 * (pulse - 90);
      double days = 1000 + 2 * age + (shifted ? 25 - slope : slope) + 20 * random.nextGaussian();
      String row = "%.1f,%.1f,%.2f,%.3f".formatted(age, pulse, lactate, days);
      lines.add(shifted ? "p" + i + "," + row : row);
    }
    return lines;
  }

  private static JsonNode certificate(Path out) throws IOException {
    return new ObjectMapper().readTree(Files.readAllBytes(out.resolve("certificate.json")));
  }

  /** The private ward's slope is another one, which the run learns; everything names the loss. */
  @ParameterizedTest
  @CsvSource({"auto, squared", "huber:60, huber:60.0"})
  void aNumberIsLearned(String asked, String named) throws IOException {
    Path out = folder.resolve("number-" + asked.replace(':', '-'));
    Path test = numbers.folder().resolve("test.csv");
    CommandRun run =
        CommandRun.succeeding(
            numbers.finetune(
                out,
                "--delta",
                "1e-5",
                "--loss",
                asked,
                "--units",
                PRIVATE_ROWS,
                "--rounds",
                8,
                "--test",
                test,
                "--json"));
    JsonNode summary = run.json();
    double before = summary.path("rmseBefore").asDouble();
    double after = summary.path("rmseAfter").asDouble();
    assertTrue(before > 30 && after < 0.8 * before, run.out());
    assertTrue(summary.path("r2After").asDouble() > summary.path("r2Before").asDouble());
    assertTrue(summary.has("maeAfter"));
    assertEquals(named, certificate(out).path("settings").path("loss").asText());
    assertTrue(Files.readString(out.resolve("report.html")).contains(named));
    assertEquals(0, CommandRun.of("verify", out).exitCode());
    CommandRun measured =
        CommandRun.succeeding(
            "evaluate",
            "--model",
            out.resolve("model.onnx"),
            "--data",
            test,
            "--label",
            "died",
            "--json");
    assertEquals(after, measured.json().path("rmse").asDouble(), 1e-9);
  }

  /** Another loss in {@code run.json} is another run: the check that would miss it fails. */
  @Test
  void verifyHoldsTheLoss() throws IOException {
    Path out = folder.resolve("held");
    CommandRun.succeeding(
        numbers.finetune(out, "--delta", "1e-5", "--loss", "huber:60", "--units", 3000));
    assertTrue(Files.readString(out.resolve("run.json")).contains("\"loss\":\"huber:60.0\""));
    assertEquals(
        "huber:60.0", RunFile.read(new RunFolder(out)).loss(), "the run carries what it trained");
  }

  @Test
  void aKilledRunOfNumbersGoesOn() throws IOException, InterruptedException {
    KillHarness killed =
        new KillHarness(
            numbers,
            folder.resolve("killed-number"),
            "--delta",
            "1e-5",
            "--rounds",
            2,
            "--units",
            3000,
            "--loss",
            "huber:60",
            "--curvature",
            "diagonal");
    killed.kill("AFTER_STORE round-001");
    killed.kill("FILE_HALF_WRITTEN model.onnx");
    killed.finishAndCheck(2);
    assertEquals(
        "huber:60.0",
        certificate(folder.resolve("killed-number")).path("settings").path("loss").asText());
  }

  @Test
  void aKilledRunKeepsWhatWasAskedFor() throws IOException, InterruptedException {
    KillHarness killed =
        new KillHarness(
            classes,
            folder.resolve("killed-weights"),
            "--delta",
            "1e-5",
            "--rounds",
            2,
            "--class-weights",
            "balanced-public",
            "--train",
            "head",
            "--subspace",
            "gaussian:2",
            "--curvature",
            "dense");
    killed.kill("AFTER_CHARGE round-001");
    killed.kill("BETWEEN_ROUNDS round 1");
    killed.finishAndCheck(3);
    JsonNode settings = certificate(folder.resolve("killed-weights")).path("settings");
    assertTrue(settings.path("loss").asText().startsWith("cross-entropy:"), settings::toString);
    assertTrue(settings.path("subspace").asText().contains("normal directions"));
  }

  /** Weights come from the public table: {@code N / (K N_c)}. */
  @Test
  void balancedWeightsAreThePublicShares() throws IOException {
    Path out = folder.resolve("balanced");
    CommandRun.succeeding(
        classes.finetune(out, "--delta", "1e-5", "--class-weights", "balanced-public"));
    List<String> lines = SmallWards.publicLines();
    double n = lines.size() - 1;
    double ones = lines.stream().skip(1).filter(line -> line.endsWith(",1")).count();
    assertEquals(
        "cross-entropy:%s,%s".formatted(n / (2 * (n - ones)), n / (2 * ones)),
        certificate(out).path("settings").path("loss").asText());
    assertEquals(0, CommandRun.of("verify", out).exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--loss hinge | expected cross-entropy, squared or huber",
        "--loss huber:0 | threshold must be positive",
        "--loss squared --class-weights 1,2 | belong to cross-entropy",
        "--class-weights 1,-2 | --class-weights",
        "--class-weights 1,2,3 | 2 classes",
        "--loss squared | not squashed"
      })
  void whatDoesNotFitIsRefusedBeforeAnythingIsWritten(String flags, String message) {
    Path out = folder.resolve("refused");
    CommandRun run =
        CommandRun.of(
            CommandRun.with(
                classes.finetune(out, "--delta", "1e-5"), (Object[]) flags.strip().split(" ")));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(message.strip()), run.err());
    assertFalse(Files.exists(out));
  }

  /** A private label that is no number is refused; the file's model says what labels are. */
  @Test
  void aTextLabelIsRefused() throws IOException {
    Path data = folder.resolve("text.csv");
    SmallWards.write(data, SmallWards.withCell(stays(5, 4, false), 3, "died", "long"));
    CommandRun run =
        CommandRun.of("evaluate", "--model", numbers.model(), "--data", data, "--label", "died");
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("line 3"), run.err());
    assertEquals("squared", ModelFile.load(numbers.model()).declaredLoss().orElseThrow().text());
  }
}
