package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;

/**
 * Processes of their own that race for a budget, are killed, or meet a full disk. Prints the counts
 * that docs/results/reliability.md states.
 */
class LedgerProcessesTest {
  private static final int SPENDERS = 8;
  private static final int RACES = 12;
  private static final double DELTA = 1e-5;
  private static final double NOISE = 10;

  @TempDir Path folder;

  /** Where the ledger is. */
  enum BackEnd {
    SQLITE(60),
    POSTGRES(20);

    private final int kills;

    BackEnd(int kills) {
      this.kills = kills;
    }

    /** A place with no ledger yet. */
    String newLedger(Path folder, int number) throws SQLException {
      return this == SQLITE
          ? folder.resolve("ledger-" + number + ".sqlite").toString()
          : TestPostgres.newDatabase();
    }

    void drop(String location) throws SQLException {
      if (this == POSTGRES) {
        TestPostgres.drop(location);
      }
    }
  }

  /** A child, its lines out and in. */
  private static final class Spender implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    Spender() throws IOException {
      process = LedgerSpender.process().start();
      out = process.inputReader(StandardCharsets.UTF_8);
      in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
      assertEquals("ready", out.readLine());
    }

    void order(String location, String dataset, int times) {
      in.println(String.join(" ", location, dataset, Double.toString(NOISE), "" + times));
    }

    String pid() {
      return Long.toString(process.pid());
    }

    /** The next line; null after a kill. */
    @Nullable String line() {
      try {
        return out.readLine();
      } catch (IOException killed) {
        return null;
      }
    }

    /** Lines up to "done". */
    List<String> answer() {
      List<String> lines = new ArrayList<>();
      for (String line = line(); !"done".equals(line); line = line()) {
        lines.add(Objects.requireNonNull(line, "the spender died"));
      }
      return lines;
    }

    /** SIGKILL: nothing of it runs any more. */
    void kill() throws InterruptedException {
      // Not Process.destroyForcibly, which throws away what the process had written.
      process.toHandle().destroyForcibly();
      assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    }

    @Override
    public void close() {
      in.close();
      process.destroyForcibly();
    }
  }

  private static Ledger.Receipt receipt(String line) {
    String[] words = line.split(" ", -1);
    assertEquals("paid", words[0], line);
    return new Ledger.Receipt(Long.parseLong(words[1]), words[2]);
  }

  private static void setBudget(String location, double mu) {
    try (Ledger ledger = LedgerSpender.open(location)) {
      ledger.setBudget(
          new Ledger.Budget(
              "icu",
              "patient_id",
              NeighboringRelation.ADD_OR_REMOVE_ONE,
              GaussianDp.epsilon(mu, DELTA),
              DELTA));
    }
  }

  /**
   * Room for n releases, and 8 processes that each want three. Were budget and spend not one
   * transaction, two would take the last place; were the chain's head read outside it, a spend
   * would be lost or the chain torn.
   */
  @ParameterizedTest
  @EnumSource
  void racingForTheLastOfABudget(BackEnd backEnd) throws IOException, SQLException {
    SplittableRandom random = new SplittableRandom(5);
    int paid = 0;
    int refused = 0;
    List<Spender> spenders = new ArrayList<>();
    try {
      for (int i = 0; i < SPENDERS; i++) {
        spenders.add(new Spender());
      }
      for (int race = 0; race < RACES; race++) {
        int room = race < RACES / 2 ? 1 : random.nextInt(2, 3 * SPENDERS);
        String location = backEnd.newLedger(folder, race);
        setBudget(location, Math.sqrt(room + 0.5) / NOISE);
        spenders.forEach(spender -> spender.order(location, "icu", 3));
        List<String> answers = new ArrayList<>();
        spenders.forEach(spender -> answers.addAll(spender.answer()));
        assertEquals(3 * SPENDERS, answers.size(), answers.toString());
        Set<Ledger.Receipt> receipts = new HashSet<>();
        for (String answer : answers) {
          if (!answer.equals("refused")) {
            assertTrue(receipts.add(receipt(answer)), "two spends with one receipt");
          }
        }
        assertEquals(room, receipts.size(), "spends that fit: neither more nor fewer");
        try (Ledger ledger = LedgerSpender.open(location)) {
          LedgerBook book = ledger.read();
          assertEquals(room, book.entries("icu").size());
          assertTrue(receipts.stream().allMatch(book::holds), "a spend was lost");
          Account account = book.accounts("icu").get(0);
          assertTrue(account.epsilon(DELTA) <= account.budget().orElseThrow().epsilon());
        }
        backEnd.drop(location);
        paid += room;
        refused += answers.size() - room;
      }
    } finally {
      spenders.forEach(Spender::close);
    }
    System.out.printf(
        "ledger races: %s, %d races of %d processes, %d spends, %d refusals, overspends 0, lost"
            + " spends 0%n",
        backEnd, RACES, SPENDERS, paid, refused);
  }

  /** SIGKILL at a random moment: what was acknowledged stands, and at most one more. */
  @ParameterizedTest
  @EnumSource
  void killedWhileCharging(BackEnd backEnd) throws IOException, SQLException, InterruptedException {
    SplittableRandom random = new SplittableRandom(6);
    String location = backEnd.newLedger(folder, 0);
    setBudget(location, 1e3);
    List<Ledger.Receipt> acknowledged = new ArrayList<>();
    int unacknowledged = 0;
    for (int kill = 0; kill < backEnd.kills; kill++) {
      int before = spends(location);
      int seen = 0;
      try (Spender spender = new Spender()) {
        spender.order(location, "warm-up", 1);
        receipt(spender.answer().get(0));
        spender.order(location, "icu", 1_000_000);
        // While it opens the ledger, or at some later point of its stream of charges.
        if (kill % 4 != 0) {
          acknowledged.add(receipt(Objects.requireNonNull(spender.line())));
          seen++;
        }
        TimeUnit.MICROSECONDS.sleep(random.nextLong(150_000));
        spender.kill();
        for (String line = spender.line(); line != null; line = spender.line()) {
          if (line.matches("paid \\d+ [0-9a-f]{64}")) {
            acknowledged.add(receipt(line));
            seen++;
          }
        }
      }
      // The database may still be finishing what the dead one's last message asked for.
      int after = settled(location);
      assertTrue(
          after - before == seen || after - before == seen + 1,
          "acknowledged " + seen + ", recorded " + (after - before));
      unacknowledged += after - before - seen;
    }
    try (Ledger ledger = LedgerSpender.open(location)) {
      LedgerBook book = ledger.read();
      assertTrue(acknowledged.stream().allMatch(book::holds), "a spend was lost");
      ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE)));
    }
    backEnd.drop(location);
    System.out.printf(
        "ledger kills: %s, %d kills, %d acknowledged spends, lost 0; %d spends recorded but not yet"
            + " acknowledged stay spent%n",
        backEnd, backEnd.kills, acknowledged.size(), unacknowledged);
  }

  private static int spends(String location) {
    try (Ledger ledger = LedgerSpender.open(location)) {
      return ledger.entries("icu").size();
    }
  }

  /** The number of spends once nobody holds the write lock: a refused charge has to take it. */
  private static int settled(String location) {
    try (Ledger ledger = LedgerSpender.open(location)) {
      ledger.setBudget(
          new Ledger.Budget("icu", "patient_id", NeighboringRelation.ADD_OR_REMOVE_ONE, 1, 0));
      throw new AssertionError("a second budget was set");
    } catch (BudgetRefusedException once) {
      return spends(location);
    }
  }

  /** Makes a file system of its own, so that it can really be full, or read-only; root may. */
  private static boolean mounts(Path point, String size) throws IOException, InterruptedException {
    return command("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", point.toString()) == 0;
  }

  private static int command(String... words) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor();
    } catch (IOException missing) {
      return -1;
    }
  }

  /** Charges until it fails; the receipts of what did not. */
  private static List<Ledger.Receipt> chargeUntilItFails(Ledger ledger, List<String> failures) {
    List<Ledger.Receipt> receipts = new ArrayList<>();
    while (failures.isEmpty()) {
      assertTrue(receipts.size() < 10_000, "it never fails");
      try {
        receipts.add(ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE))));
      } catch (LedgerException e) {
        failures.add(String.valueOf(e.getMessage()));
      }
    }
    return receipts;
  }

  @Test
  void aFullDiskLosesNothing() throws IOException, InterruptedException {
    Path point = Files.createDirectories(folder.resolve("mounted"));
    assumeTrue(
        mounts(point, "256k"),
        "only root can mount a file system to fill; the limit on file size is tested anyway");
    try {
      Path file = point.resolve("ledger.sqlite");
      Path ballast = point.resolve("ballast");
      List<String> failures = new ArrayList<>();
      List<Ledger.Receipt> receipts;
      try (Ledger ledger = SqliteLedger.open(file)) {
        Files.write(ballast, new byte[128 << 10]);
        receipts = new ArrayList<>(chargeUntilItFails(ledger, failures));
        assertTrue(receipts.size() > 10, "full before anything was tried");
        assertTrue(failures.get(0).contains("full"), failures.toString());
        assertEquals(receipts, receipts(ledger));
      }
      Files.delete(ballast);
      try (Ledger ledger = SqliteLedger.open(file)) {
        assertEquals(receipts, receipts(ledger));
        receipts.add(ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE))));
        assertEquals(receipts, receipts(ledger));
      }
      System.out.printf("ledger full disk: %d spends before, lost 0%n", receipts.size() - 1);
    } finally {
      command("umount", point.toString());
    }
  }

  private static List<Ledger.Receipt> receipts(Ledger ledger) {
    return ledger.entries("icu").stream().map(Ledger.Entry::receipt).toList();
  }

  @Test
  void aReadOnlyFolderIsReadAndNotWritten() throws IOException, InterruptedException {
    Path point = Files.createDirectories(folder.resolve("mounted"));
    boolean mounted = mounts(point, "1m");
    try {
      Path file = point.resolve("ledger.sqlite");
      try (Ledger ledger = SqliteLedger.open(file)) {
        ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE)));
      }
      if (mounted) {
        assertEquals(0, command("mount", "-o", "remount,ro", point.toString()));
      } else {
        Files.setPosixFilePermissions(point, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeFalse(Files.isWritable(point), "root without the right to mount writes anywhere");
      }
      try (Ledger ledger = SqliteLedger.open(file)) {
        assertEquals(1, ledger.entries("icu").size());
        List<String> failures = new ArrayList<>();
        assertEquals(List.of(), chargeUntilItFails(ledger, failures));
        assertTrue(failures.get(0).contains(file.toString()), failures.toString());
        assertEquals(1, ledger.entries("icu").size());
      }
      LedgerException e =
          assertThrows(LedgerException.class, () -> SqliteLedger.open(point.resolve("new.sqlite")));
      assertTrue(String.valueOf(e.getMessage()).contains("new.sqlite"), e.getMessage());
    } finally {
      if (mounted) {
        command("umount", point.toString());
      } else {
        Files.setPosixFilePermissions(point, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  /** The same as a full disk where no file system can be made: no file may pass 64 KiB. */
  @Test
  void aLimitOnFileSizeLosesNothing() throws IOException, InterruptedException {
    String location = folder.resolve("limited.sqlite").toString();
    List<String> answers;
    try (Spender spender = new Spender()) {
      // The driver unpacks its library, which is larger, before the limit is set.
      spender.order(folder.resolve("warm-up.sqlite").toString(), "icu", 1);
      receipt(spender.answer().get(0));
      assertEquals(0, command("prlimit", "--fsize=65536", "--pid", spender.pid()));
      spender.order(location, "icu", 300);
      answers = spender.answer();
    }
    List<Ledger.Receipt> receipts =
        answers.stream()
            .filter(line -> line.startsWith("paid"))
            .map(LedgerProcessesTest::receipt)
            .toList();
    assertTrue(receipts.size() > 10 && receipts.size() < 300, "paid " + receipts.size());
    assertTrue(
        answers.subList(receipts.size(), 300).stream().allMatch(l -> l.startsWith("failed")),
        "a spend after a failure");
    try (Ledger ledger = LedgerSpender.open(location)) {
      assertEquals(receipts, receipts(ledger));
      ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE)));
      assertEquals(receipts.size() + 1, receipts(ledger).size());
    }
  }

  /**
   * A file cut short at every 128th byte, and with single bits flipped at random: either an error
   * names the ledger, or not one entry is missing or different.
   */
  @Test
  void aTornFileIsNamedOrHarmless() throws IOException {
    Path file = folder.resolve("whole.sqlite");
    try (Ledger ledger = SqliteLedger.open(file)) {
      ledger.setBudget(
          new Ledger.Budget("icu", "patient_id", NeighboringRelation.ADD_OR_REMOVE_ONE, 5, DELTA));
      IntStream.range(0, 40)
          .forEach(i -> ledger.charge(LedgerContract.charge("icu", new GaussianEvent(NOISE + i))));
    }
    byte[] whole = Files.readAllBytes(file);
    List<LedgerRow> rows;
    try (Ledger ledger = SqliteLedger.open(file)) {
      rows = ledger.read().rows();
    }
    int cuts = 0;
    int named = 0;
    for (int length = 0; length < whole.length; length += 128) {
      named += isNamed(Arrays.copyOf(whole, length), rows) ? 1 : 0;
      cuts++;
    }
    assertEquals(cuts, named, "a cut that nobody noticed");
    SplittableRandom random = new SplittableRandom(7);
    int flips = 600;
    int namedFlips = 0;
    for (int i = 0; i < flips; i++) {
      byte[] flipped = whole.clone();
      flipped[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      namedFlips += isNamed(flipped, rows) ? 1 : 0;
    }
    assertTrue(namedFlips > flips / 4, "named " + namedFlips);
    System.out.printf(
        "ledger torn files: %d cuts, %d named; %d flipped bits, %d named, %d harmless, silent"
            + " losses 0%n",
        cuts, named, flips, namedFlips, flips - namedFlips);
  }

  /** Whether the file is refused by reading or writing; if not, it holds the rows and goes on. */
  private boolean isNamed(byte[] bytes, List<LedgerRow> rows) throws IOException {
    Path torn = folder.resolve("torn.sqlite");
    Files.deleteIfExists(folder.resolve("torn.sqlite-journal"));
    Files.write(torn, bytes);
    try (Ledger ledger = SqliteLedger.open(torn)) {
      assertEquals(rows, ledger.read().rows());
      ledger.charge(LedgerContract.charge("icu", new GaussianEvent(100)));
      List<LedgerRow> after = ledger.read().rows();
      assertEquals(rows, after.subList(0, rows.size()));
      assertEquals(rows.size() + 1, after.size());
      return false;
    } catch (LedgerException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("torn.sqlite"), e.getMessage());
      return true;
    }
  }
}
