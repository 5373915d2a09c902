package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;
import org.quietune.release.CrashPoints;
import org.quietune.release.Ledger;
import org.quietune.release.SqliteLedger;

/**
 * Runs {@code finetune} in a process of its own, kills it with SIGKILL at a named point, and checks
 * what the folder and the ledger hold after the run was resumed.
 */
final class KillHarness {
  private static final int SIGKILL_EXIT = 128 + 9;

  private final Object[] command;
  private final List<String> killedAt = new ArrayList<>();
  private final Path ledger;
  private final Path out;

  /**
   * A small run that is to be killed.
   *
   * @param out its folder
   * @param options of {@code finetune}, besides the files
   */
  KillHarness(SmallRun small, Path out, Object... options) {
    this(small.ledger(), out, small.finetune(out, options));
  }

  /**
   * A run that is to be killed.
   *
   * @param ledger where it spends, as data set "ward"
   * @param out its folder
   * @param command with all its arguments
   */
  KillHarness(Path ledger, Path out, Object[] command) {
    this.ledger = ledger;
    this.out = out;
    this.command = command;
  }

  List<String> killedAt() {
    return killedAt;
  }

  /** All points that a run of this kind passes, in order, from a run that nobody kills. */
  List<String> points() throws IOException, InterruptedException {
    Process process = start("-");
    List<String> points = new ArrayList<>();
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith(StoppingMain.POINT)) {
          points.add(line.substring(StoppingMain.POINT.length()));
        }
      }
    }
    assertEquals(0, end(process), this::errors);
    return points;
  }

  /** Starts the run, or goes on with it, and kills it at the point. */
  void kill(String point) throws IOException, InterruptedException {
    Process process = start(point);
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      String line = reader.readLine();
      while (line != null && !line.equals(StoppingMain.STOPPED)) {
        line = reader.readLine();
      }
      assertEquals(StoppingMain.STOPPED, line, () -> point + " was not reached: " + errors());
      process.destroyForcibly();
    }
    assertEquals(SIGKILL_EXIT, end(process), point);
    killedAt.add(point);
  }

  /** A process that stands at a point, for whoever wants to meet it there. */
  Process standingAt(String point) throws IOException {
    Process process = start(point);
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    assertEquals(StoppingMain.STOPPED, reader.readLine(), this::errors);
    return process;
  }

  private static int end(Process process) throws InterruptedException {
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), "still running");
    return process.exitValue();
  }

  private File errorFile() {
    return out.resolveSibling(out.getFileName() + ".stderr").toFile();
  }

  private String errors() {
    try {
      return Files.readString(errorFile().toPath());
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Process start(String point) throws IOException {
    List<String> java =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.cachedir=" + Loader.getCacheDir(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                StoppingMain.class.getName(),
                point));
    Arrays.stream(Files.exists(out.resolve("run.json")) ? resuming() : command)
        .map(Object::toString)
        .forEach(java::add);
    ProcessBuilder builder = new ProcessBuilder(java).redirectError(errorFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder.start();
  }

  private Object[] resuming() {
    return new Object[] {"finetune", "--resume", out, "--epsilon", 1000};
  }

  /** Lets the run end in peace, and checks that nothing is lost and nothing spent twice. */
  void finishAndCheck(int releases) throws IOException {
    long lost = killedAt.stream().filter(CrashPoints::losesASpend).count();
    if (!Files.exists(out.resolve("run.json"))) {
      assertEquals(0, lost);
      CommandRun.succeeding(command);
    } else if (!Files.exists(out.resolve("certificate.json"))) {
      if (lost > 0) {
        CommandRun refused = CommandRun.of("finetune", "--resume", out);
        assertEquals(3, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains("--epsilon"), refused.err());
      }
      CommandRun.succeeding(resuming());
    }
    CommandRun again = CommandRun.succeeding("finetune", "--resume", out);
    assertTrue(again.err().contains("is finished"), again.err());

    JsonNode certificate = new ObjectMapper().readTree(out.resolve("certificate.json").toFile());
    assertEquals(releases, certificate.path("releases").size());
    assertEquals(lost, certificate.path("lost").size(), killedAt::toString);
    Set<Long> stated = new HashSet<>();
    for (String kind : List.of("releases", "lost")) {
      for (JsonNode spend : certificate.path(kind)) {
        assertTrue(stated.add(spend.path("ledgerEntry").path("sequence").asLong()), "paid twice");
      }
    }
    Set<Long> spent = new HashSet<>();
    try (SqliteLedger spends = SqliteLedger.open(ledger)) {
      for (Ledger.Entry entry : spends.entries("ward")) {
        if (entry.charge().run().equals(certificate.path("run").asText())) {
          spent.add(entry.receipt().sequence());
        }
      }
    }
    assertEquals(spent, stated, killedAt::toString);
    CommandRun verified = CommandRun.of("verify", out, "--ledger", ledger);
    assertEquals(0, verified.exitCode(), () -> killedAt + ": " + verified.out());
  }
}
