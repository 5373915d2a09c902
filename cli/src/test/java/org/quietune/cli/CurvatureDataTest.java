package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.data.DataFile;
import org.quietune.data.PublicTable;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.Sha256;
import org.quietune.tuning.Batches;

/** {@code --curvature-data}, from files to files, a killed run included. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CurvatureDataTest {
  @TempDir static Path folder;

  private SmallRun small;
  private Path inputs;

  @BeforeAll
  void prepare() throws IOException {
    small = SmallRun.prepare(folder);
    inputs = SmallWards.write(folder.resolve("inputs.csv"), inputLines());
  }

  /** Columns in another order, one more, and no labels. */
  private static List<String> inputLines() {
    SplittableRandom random = new SplittableRandom(8);
    List<String> lines = new ArrayList<>(List.of("note,lactate,age,pulse"));
    for (int i = 0; i < 60; i++) {
      lines.add(
          "made up,%.2f,%.1f,%.1f"
              .formatted(
                  random.nextDouble(0.5, 5), random.nextDouble(60, 90), random.nextDouble(50, 70)));
    }
    return lines;
  }

  private JsonNode settings(String name, Object... more) throws IOException {
    Path out = folder.resolve(name);
    Object[] pure = {"--mechanism", "pure", "--subspace", "identity", "--curvature", "dense"};
    CommandRun.succeeding(CommandRun.with(small.finetune(out, pure), more));
    CommandRun verified = CommandRun.of("verify", out, "--ledger", small.ledger());
    assertEquals(0, verified.exitCode(), verified.out());
    return certificate(out).path("settings");
  }

  private static JsonNode certificate(Path out) throws IOException {
    return new ObjectMapper().readTree(out.resolve("certificate.json").toFile());
  }

  /** The pure mechanism's damping is the mean curvature, so it shows what that was taken on. */
  @Test
  void curvatureIsThatOfTheFile() throws IOException {
    ModelFile model = ModelFile.load(small.model());
    double expected;
    try (Network network = Network.of(model)) {
      PublicTable table =
          PublicTable.unlabelled(DataFile.of(inputs.toString()), model.inputColumns());
      expected =
          CurvatureChoice.dense()
              .at(
                  network,
                  model.parameterValues(),
                  Batches.of(table.rows(), model.inputWidth()),
                  new IdentitySubspace(model.parameterCount()))
              .mean();
    }
    JsonNode own = settings("own", "--curvature-data", inputs);
    assertEquals(expected, own.path("damping").asDouble());
    String origin = "CSV, SHA-256 " + Sha256.hex(Files.readAllBytes(inputs));
    assertEquals(origin, own.path("curvatureData").asText());
    Path out = folder.resolve("own");
    assertEquals(origin, RunFile.read(new RunFolder(out)).curvatureData());
    assertTrue(Files.readString(out.resolve("report.html")).contains(origin));
    JsonNode usual = settings("usual");
    assertNotEquals(expected, usual.path("damping").asDouble());
    assertFalse(usual.has("curvatureData"));
    Path blank = folder.resolve("blank.csv");
    SmallWards.write(
        blank,
        SmallWards.publicLines().stream().map(line -> line.replaceAll(",[01]$", ",")).toList());
    JsonNode withoutLabels = settings("blank", "--curvature-data", blank);
    assertEquals(usual.path("damping"), withoutLabels.path("damping"), "labels play no part");
  }

  @Test
  void aParquetFileIsTheSameInputs() throws IOException, SQLException {
    Path parquet = folder.resolve("inputs.parquet");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute(
          "COPY (FROM read_csv('%s')) TO '%s' (FORMAT parquet)".formatted(inputs, parquet));
    }
    JsonNode table = settings("as-csv", "--curvature-data", inputs);
    JsonNode columns = settings("as-parquet", "--curvature-data", parquet);
    assertEquals(table.path("damping"), columns.path("damping"));
    assertEquals(
        "Parquet, SHA-256 " + Sha256.hex(Files.readAllBytes(parquet)),
        columns.path("curvatureData").asText());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "note,lactate,years,pulse | qem | no column 'age'",
        "note,lactate,age,pulse | dp-gd | belong to --mechanism qem and pure"
      })
  void whatDoesNotFitIsRefusedInOneLine(String header, String mechanism, String message) {
    List<String> lines = new ArrayList<>(inputLines());
    lines.set(0, header);
    Path file = SmallWards.write(folder.resolve("unfit.csv"), lines);
    Path out = folder.resolve("unfit");
    CommandRun run =
        CommandRun.of(
            small.finetune(
                out, "--delta", "1e-5", "--curvature-data", file, "--mechanism", mechanism));
    assertEquals(2, run.exitCode(), run.err());
    List<String> said = run.errLines().stream().filter(line -> line.contains(message)).toList();
    assertEquals(1, said.size(), run.err());
    assertFalse(Files.exists(out));
  }

  /** Killed twice; the file may move in between, and may not change. */
  @Test
  void aKilledRunGoesOn() throws IOException, InterruptedException {
    Path file = Files.copy(inputs, folder.resolve("own-inputs.csv"));
    Path out = folder.resolve("killed");
    KillHarness killed =
        new KillHarness(
            small, out, "--delta", "1e-5", "--rounds", 2, "--units", 90, "--curvature-data", file);
    killed.kill("AFTER_STORE round-001");
    Files.writeString(file, Files.readString(file) + "x,1,50,60\n");
    CommandRun changed = CommandRun.of("finetune", "--resume", out);
    assertEquals(2, changed.exitCode(), changed.err());
    assertTrue(changed.err().contains("--curvature-data is not the one"), changed.err());
    Files.delete(file);
    CommandRun.succeeding("finetune", "--resume", out, "--curvature-data", inputs);
    killed.finishAndCheck(2);
    assertTrue(certificate(out).path("settings").has("curvatureData"));
  }

  /** Another file in the certificate, or in {@code run.json}, is a lie that is named. */
  @Test
  void verifyHoldsTheFile() throws IOException {
    Path out = folder.resolve("held");
    CommandRun.succeeding(
        small.finetune(
            out, "--delta", "1e-5", "--units", 90, "--rounds", 1, "--curvature-data", inputs));
    Path liar = VerifyTest.copy(out, folder.resolve("liar"));
    VerifyTest.reseal(liar, c -> {});
    assertEquals(0, CommandRun.of("verify", liar).exitCode(), "the twin that does not lie");
    VerifyTest.reseal(liar, c -> ((ObjectNode) c.path("settings")).remove("curvatureData"));
    requireNamed(liar);
    Path other = VerifyTest.copy(out, folder.resolve("other"));
    VerifyTest.resealRunFile(other, run -> run.put("curvatureData", "CSV, SHA-256 00"));
    requireNamed(other);
  }

  private static void requireNamed(Path run) {
    CommandRun verified = CommandRun.of("verify", run);
    assertEquals(1, verified.exitCode());
    List<String> failures = VerifyTest.failed(verified);
    assertEquals(1, failures.size(), failures::toString);
    assertTrue(failures.get(0).contains("curvature data"), failures::toString);
  }
}
