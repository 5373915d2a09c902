package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.CrashPoint;
import org.quietune.release.CrashPoints;

/** Runs that are killed lose nothing that was released and spend nothing twice. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KilledRunsTest {
  private static final Object[] QEM = {"--delta", "1e-5", "--rounds", 2, "--sign", ""};

  @TempDir static Path folder;
  private SmallRun small;

  @BeforeAll
  void prepare() {
    small = SmallRun.prepare(folder);
    CommandRun.succeeding("keygen", "--out", folder.resolve("key"));
    QEM[QEM.length - 1] = folder.resolve("key");
  }

  private KillHarness run(String name, Object... options) {
    return new KillHarness(small, folder.resolve(name), options);
  }

  /** One folder, killed again and again, at every kind of point and in every kind of file. */
  @Test
  void aRunSurvivesManyKills() throws IOException, InterruptedException {
    List<String> all = run("whole", QEM).points();
    assertEquals(
        EnumSet.allOf(CrashPoint.class),
        all.stream()
            .map(label -> CrashPoint.valueOf(label.substring(0, label.indexOf(' '))))
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(CrashPoint.class))));
    List<String> chosen =
        all.stream()
            // A sum that has its name is never written again, so one folder meets one of the two.
            .filter(label -> !label.equals("FILE_NAMED round-001.json"))
            .filter(
                label ->
                    label.contains("round-001")
                        || label.startsWith("FILE_HALF_WRITTEN")
                        || label.startsWith("BETWEEN_ROUNDS"))
            .toList();
    KillHarness killed = run("chain", QEM);
    for (String point : chosen) {
      killed.kill(point);
    }
    assertTrue(killed.killedAt().size() >= 20, chosen::toString);
    killed.finishAndCheck(3);
  }

  /** A twin that counts a lost spend where none was, so that the check is seen to fail. */
  @Test
  void theCheckCanFail() throws IOException, InterruptedException {
    KillHarness killed = run("miscounted", QEM);
    killed.kill("AFTER_CHARGE round-001");
    killed.killedAt().add("AFTER_CHARGE round-002");
    AssertionError error = null;
    try {
      killed.finishAndCheck(3);
    } catch (AssertionError expected) {
      error = expected;
    }
    assertTrue(error != null && String.valueOf(error.getMessage()).contains("round-002"));
  }

  @Test
  void twoProcessesNeverShareAFolder() throws IOException, InterruptedException {
    KillHarness first = run("shared", QEM);
    Process standing = first.standingAt("AFTER_STORE round-001");
    try {
      CommandRun second = CommandRun.of("finetune", "--resume", folder.resolve("shared"));
      assertEquals(2, second.exitCode(), second.err());
      assertEquals(1, second.errLines().size(), second.err());
      assertTrue(second.err().contains("in use by another process"), second.err());
    } finally {
      standing.destroyForcibly().waitFor();
    }
    first.finishAndCheck(3);
  }

  /** Every point, each followed by a second kill at the next, for three mechanisms: ≥ 200 kills. */
  @Test
  @EnabledIfSystemProperty(named = "quietune.kills", matches = "all")
  void everyPointOfEveryMechanism() throws IOException, InterruptedException {
    int kills = 0;
    int lost = 0;
    int runs = 0;
    List<Object[]> mechanisms =
        List.of(
            QEM,
            new Object[] {"--mechanism", "pure"},
            new Object[] {"--delta", "1e-5", "--mechanism", "dp-gd", "--rounds", 2});
    int[] releases = {3, 2, 3};
    for (int m = 0; m < releases.length; m++) {
      Object[] options = mechanisms.get(m);
      List<String> points = new ArrayList<>(run("points-" + m, options).points());
      for (int i = 0; i < points.size(); i++) {
        KillHarness killed = run("run-" + m + "-" + i, options);
        killed.kill(points.get(i));
        int next =
            points.get(i).startsWith("FILE_NAMED")
                    && i + 1 < points.size()
                    && points.get(i + 1).startsWith("AFTER_STORE")
                ? i + 2
                : i + 1;
        if (next < points.size()) {
          killed.kill(points.get(next));
        }
        killed.finishAndCheck(releases[m]);
        kills += killed.killedAt().size();
        lost += (int) killed.killedAt().stream().filter(CrashPoints::losesASpend).count();
        runs++;
      }
    }
    System.out.printf("kills %d, runs %d, spends lost and counted %d%n", kills, runs, lost);
    assertTrue(kills >= 200, "kills: " + kills);
  }

  @Test
  void aFinishedRunIsLeftAlone() throws IOException {
    Path out = folder.resolve("finished");
    CommandRun.succeeding(small.finetune(out, QEM));
    byte[] certificate = Files.readAllBytes(out.resolve("certificate.json"));
    byte[] ledger = Files.readAllBytes(small.ledger());
    CommandRun again = CommandRun.succeeding("finetune", "--resume", out, "--json");
    assertTrue(again.err().contains("is finished"), again.err());
    assertEquals(3, again.json().path("releases").asInt());
    assertArrayEquals(certificate, Files.readAllBytes(out.resolve("certificate.json")));
    assertArrayEquals(ledger, Files.readAllBytes(small.ledger()));
    CommandRun used = CommandRun.of(small.finetune(out, QEM));
    assertEquals(2, used.exitCode());
    assertTrue(used.err().contains("--resume"), used.err());
    CommandRun none = CommandRun.of("finetune", "--resume", folder.resolve("nothing"));
    assertEquals(2, none.exitCode());
    assertFalse(Files.exists(folder.resolve("nothing")));
  }

  /**
   * What was released is read again even when the private file is gone; changed inputs are refused.
   */
  @Test
  void resumingNeedsTheSamePublicFilesAndNoPrivateOneForWhatIsReleased(@TempDir Path elsewhere)
      throws IOException, InterruptedException {
    SmallRun own = SmallRun.prepare(elsewhere);
    Path out = elsewhere.resolve("out");
    KillHarness killed = new KillHarness(own, out, "--delta", "1e-5", "--rounds", 2);
    killed.kill("FILE_HALF_WRITTEN model.onnx");
    Files.delete(own.privateFile());
    Path publicFile = elsewhere.resolve("public.csv");
    byte[] whole = Files.readAllBytes(publicFile);
    Files.write(
        publicFile,
        (new String(whole, StandardCharsets.UTF_8) + "50,80,1,0\n")
            .getBytes(StandardCharsets.UTF_8));
    CommandRun changed = CommandRun.of("finetune", "--resume", out);
    assertEquals(2, changed.exitCode(), changed.err());
    assertEquals(1, changed.errLines().size(), changed.err());
    assertTrue(changed.err().contains("public.csv"), changed.err());
    Files.write(publicFile, whole);
    CommandRun foreign = CommandRun.of("finetune", "--resume", out, "--ledger", small.ledger());
    assertEquals(2, foreign.exitCode(), foreign.err());
    assertTrue(foreign.err().contains("not the ledger"), foreign.err());
    killed.finishAndCheck(3);
  }
}
