package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.model.ModelFile;
import org.quietune.release.Certificate;
import org.quietune.release.CertificateFile;
import org.quietune.release.Ledger;

/** {@code finetune --tune}: one charge, one outcome, and nothing of what else was tried. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TuneTest {
  @TempDir static Path folder;
  private SmallRun small;

  @BeforeAll
  void prepare() {
    small = SmallRun.prepare(folder);
  }

  private Object[] tune(Path out, Path ledger, Object... more) {
    return CommandRun.with(
        CommandRun.changed(small.finetune(out, "--delta", "1e-5", "--tune"), "--ledger", ledger),
        more);
  }

  private static List<String> files(Path run) throws IOException {
    try (Stream<Path> walk = Files.walk(run)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> run.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  /**
   * With one run expected, none is drawn with probability e⁻¹: 25 selections lack one of the two
   * outcomes with probability 1.1e-5. The isotropic mechanism has one release, so that the folder
   * of every run looks the same, whatever was drawn.
   */
  @Test
  void oneChargeAndNoTraceOfTheNumberOfRuns() throws IOException {
    boolean some = false;
    boolean none = false;
    for (int i = 0; i < 25 && !(some && none); i++) {
      Path out = folder.resolve("trace-" + i);
      Path ledger = folder.resolve("trace-" + i + ".sqlite");
      CommandRun run =
          CommandRun.succeeding(
              tune(out, ledger, "--mechanism", "isotropic", "--tune-runs", 1, "--json"));
      Certificate certificate = CertificateFile.read(out.resolve("certificate.json"));
      Certificate.Selected selection = Objects.requireNonNull(certificate.selection());
      assertEquals(1, ((PoissonSelectionEvent) selection.privacyEvent()).expectedRuns());
      assertTrue(certificate.epsilon() <= 2 * (1 + 1e-9), certificate::statement);
      assertTrue(certificate.epsilon() > 1.99, certificate::statement);
      assertTrue(certificate.statement().contains("Theorem 4"), certificate::statement);
      List<Ledger.Entry> entries;
      try (Ledger open = LedgerLocation.of(ledger).openExisting()) {
        entries = open.read().entries("ward");
      }
      assertEquals(2, entries.size(), "the count of units, and all runs as one");
      assertEquals(selection.privacyEvent(), entries.get(1).charge().event());
      assertEquals("patient_id", entries.get(1).charge().privacyUnit());
      boolean chosen = selection.chosen() > 0;
      some |= chosen;
      none |= !chosen;
      assertEquals(
          chosen
              ? List.of(
                  ".lock",
                  "base.onnx",
                  "certificate.json",
                  "model.onnx",
                  "public/rounds.bin",
                  "public/selection-overstatement.bin",
                  "public/selection-score.bin",
                  "public/selection.bin",
                  "public/subspace.bin",
                  "public/unit-count.bin",
                  "report.html",
                  "run.json",
                  "sums/round-001.json",
                  "sums/selection-score.json",
                  "sums/unit-count.json")
              : List.of(
                  ".lock",
                  "base.onnx",
                  "certificate.json",
                  "model.onnx",
                  "public/selection.bin",
                  "public/subspace.bin",
                  "public/unit-count.bin",
                  "report.html",
                  "run.json",
                  "sums/unit-count.json"),
          files(out));
      for (String file : files(out)) {
        assertEquals(
            Files.getLastModifiedTime(out.resolve("run.json")),
            Files.getLastModifiedTime(out.resolve(file)),
            file + " tells when it was written");
      }
      assertEquals(selection.chosen(), run.json().path("candidate").asInt(-1));
      assertEquals(0, CommandRun.of("verify", out, "--ledger", ledger).exitCode());
      String report = Files.readString(out.resolve("report.html"));
      assertTrue(report.contains("Private selection."));
      assertEquals(!chosen, report.contains("No run was drawn"));
      if (!chosen) {
        assertArrayEquals(
            ModelFile.load(out.resolve("base.onnx")).parameterValues(),
            ModelFile.load(out.resolve("model.onnx")).parameterValues());
      }
      // Nothing on standard error depends on what was drawn.
      assertFalse(run.err().contains("%"), run.err());
      assertEquals(
          1, run.err().lines().filter(line -> line.contains("quietune: training")).count());
    }
    assertTrue(some && none, "both outcomes must be seen");
  }

  @Test
  void aSecondSelectionIsRefusedByTheBudget() {
    Path ledger = folder.resolve("budget.sqlite");
    CommandRun.succeeding(
        "ledger",
        "init",
        "--ledger",
        ledger,
        "--dataset",
        "ward",
        "--unit",
        "patient_id",
        "--epsilon",
        2,
        "--delta",
        1e-5);
    CommandRun.succeeding(
        tune(folder.resolve("first"), ledger, "--mechanism", "isotropic", "--tune-runs", 2));
    CommandRun second =
        CommandRun.of(
            tune(folder.resolve("second"), ledger, "--mechanism", "isotropic", "--tune-runs", 2));
    assertEquals(3, second.exitCode(), second.err());
    assertFalse(Files.exists(folder.resolve("second")));
  }

  /** What a kill leaves between the first file and the last: run.json, and no certificate. */
  @Test
  void anInterruptedSelectionIsNotResumed() throws IOException {
    Path ledger = folder.resolve("resume.sqlite");
    Path out = folder.resolve("interrupted");
    CommandRun.succeeding(tune(out, ledger, "--mechanism", "isotropic", "--tune-runs", 2));
    Files.delete(out.resolve("certificate.json"));
    CommandRun again = CommandRun.of("finetune", "--resume", out);
    assertEquals(2, again.exitCode(), again.err());
    assertTrue(again.err().contains("never resumed"), again.err());
    try (Ledger open = LedgerLocation.of(ledger).openExisting()) {
      assertEquals(2, open.read().entries("ward").size(), "nothing more was spent");
    }
  }

  /**
   * A kill before the charge costs nothing of the selection's, one after it the whole selection;
   * neither leaves anything of a run, and nobody may go on.
   */
  @ParameterizedTest
  @CsvSource({"BEFORE_CHARGE, 1", "AFTER_CHARGE, 2", "BETWEEN_ROUNDS, 2"})
  void aKilledSelectionLeavesNothingButItsCharge(String point, int entries)
      throws IOException, InterruptedException {
    Path ledger = folder.resolve(point + ".sqlite");
    Path out = folder.resolve(point);
    new KillHarness(ledger, out, tune(out, ledger, "--mechanism", "isotropic", "--tune-runs", 3))
        .kill(point + " private selection over isotropic");
    CommandRun again = CommandRun.of("finetune", "--resume", out);
    assertEquals(2, again.exitCode(), again.err());
    assertTrue(again.err().contains("never resumed"), again.err());
    assertEquals(List.of("unit-count.json"), files(out.resolve("sums")));
    assertEquals(List.of("subspace.bin", "unit-count.bin"), files(out.resolve("public")));
    assertFalse(Files.exists(out.resolve("model.onnx")));
    try (Ledger open = LedgerLocation.of(ledger).openExisting()) {
      assertEquals(entries, open.read().entries("ward").size());
    }
  }

  @Test
  void whatCannotBeSelectedIsRefusedBeforeAnythingIsWritten() {
    Path out = folder.resolve("refused");
    Path ledger = folder.resolve("refused.sqlite");
    assertRefused(tune(out, ledger, "--mechanism", "dp-sgd"), "Poisson samples");
    assertRefused(tune(out, ledger, "--rounds", 3), "--rounds");
    assertRefused(tune(out, ledger, "--tune-runs", 0.5), "--tune-runs must be from 1");
    assertRefused(
        small.finetune(out, "--delta", "1e-5", "--tune-runs", 3), "--tune-runs belongs to --tune");
    assertRefused(
        small.finetune(out, "--mechanism", "pure", "--tune"), "--tune needs Gaussian releases");
    assertFalse(Files.exists(out));
    assertFalse(Files.exists(ledger));
  }

  private static void assertRefused(Object[] command, String reason) {
    CommandRun run = CommandRun.of(command);
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(reason), run.err());
  }
}
