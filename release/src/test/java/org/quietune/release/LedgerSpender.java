package org.quietune.release;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

/**
 * A process that spends, for tests that race or kill it. It reads lines {@code LOCATION DATASET
 * NOISE TIMES} and answers each with one line for every charge ({@code paid SEQUENCE HASH}, {@code
 * refused}, {@code failed MESSAGE}) and {@code done}.
 */
final class LedgerSpender {
  private LedgerSpender() {}

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      try (Ledger ledger = open(words[0])) {
        spend(ledger, words[1], Double.parseDouble(words[2]), Integer.parseInt(words[3]));
      } catch (LedgerException e) {
        System.out.println("failed " + e.getMessage());
      }
      System.out.println("done");
    }
  }

  static Ledger open(String location) {
    return PostgresLedger.isUrl(location)
        ? PostgresLedger.open(location)
        : SqliteLedger.open(Path.of(location));
  }

  private static void spend(Ledger ledger, String dataset, double noise, int times) {
    for (int i = 0; i < times; i++) {
      try {
        Ledger.Receipt receipt =
            ledger.charge(
                new Ledger.Charge(
                    dataset,
                    "process " + ProcessHandle.current().pid(),
                    "sum " + i,
                    "patient_id",
                    NeighboringRelation.ADD_OR_REMOVE_ONE,
                    new GaussianEvent(noise)));
        System.out.println("paid " + receipt.sequence() + " " + receipt.hash());
      } catch (BudgetExceededException e) {
        System.out.println("refused");
      } catch (LedgerException e) {
        System.out.println("failed " + e.getMessage());
      }
    }
  }

  /** Such a process, not started. */
  static ProcessBuilder process() {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            LedgerSpender.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder;
  }
}
