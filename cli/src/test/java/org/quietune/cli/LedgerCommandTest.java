package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.GaussianDp;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;
import org.quietune.release.Ledger;
import org.quietune.release.SqliteLedger;

/** Budgets as a user has them: set, shown, kept by finetune, exported. */
class LedgerCommandTest {
  private static final String SERVER = "QUIETUNE_TEST_POSTGRES";
  private static final double DELTA = 1e-5;

  @TempDir static Path shared;
  private static SmallRun small = new SmallRun(Path.of(""));

  @TempDir Path folder;
  private String ledger = "";

  @BeforeAll
  static void pretrain() {
    small = SmallRun.prepare(shared);
  }

  @BeforeEach
  void place() {
    ledger = folder.resolve("ledger.sqlite").toString();
  }

  private CommandRun ledger(String what, Object... more) {
    return CommandRun.of(CommandRun.with(new Object[] {"ledger", what, "--ledger", ledger}, more));
  }

  private CommandRun init(double epsilon, Object... more) {
    return ledger(
        "init",
        CommandRun.with(
            new Object[] {
              "--dataset", "ward", "--epsilon", epsilon, "--delta", DELTA, "--unit", "patient_id"
            },
            more));
  }

  private CommandRun finetune(double epsilon, double delta, String out, Object... more) {
    Object[] command =
        small.finetune(folder.resolve(out), CommandRun.with(more, "--delta", delta, "--json"));
    return CommandRun.of(
        CommandRun.changed(CommandRun.changed(command, "--epsilon", epsilon), "--ledger", ledger));
  }

  private static CommandRun done(CommandRun run) {
    assertEquals(0, run.exitCode(), run.err());
    return run;
  }

  private static void assertRefused(int exitCode, CommandRun run, String... parts) {
    assertEquals(exitCode, run.exitCode(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("quietune: "), run.err());
    assertEquals("", run.out());
    for (String part : parts) {
      assertTrue(run.err().contains(part), () -> "'" + part + "' is not in: " + run.err());
    }
  }

  private JsonNode account() throws IOException {
    return done(ledger("show", "--dataset", "ward", "--json")).json().path("accounts").get(0);
  }

  @Test
  void aRunThatDoesNotFitIsRefusedBeforeAnythingIsWrittenAndTheLimitFits() throws IOException {
    keepsTheBudget();
  }

  /** The same where machines share the budget. */
  @Test
  void onPostgres() throws IOException, SQLException {
    String server = server();
    String database = createDatabase(server);
    try {
      keepsTheBudget();
    } finally {
      drop(server, database);
    }
  }

  /** A spend that was lost in a crash stays spent in the database, and the run goes on there. */
  @Test
  void aRunGoesOnOnPostgres() throws IOException, SQLException {
    String server = server();
    String database = createDatabase(server);
    try {
      goesOnWithoutTheLostSum();
    } finally {
      drop(server, database);
    }
  }

  private void goesOnWithoutTheLostSum() throws IOException {
    done(finetune(1, DELTA, "lost", "--units", 90, "--rounds", 2));
    Path out = folder.resolve("lost");
    byte[] first = Files.readAllBytes(out.resolve("sums").resolve("round-001.json"));
    for (String name : List.of("certificate.json", "model.onnx", "sums/round-002.json")) {
      Files.delete(out.resolve(name));
    }
    assertRefused(2, CommandRun.of("finetune", "--resume", out), "name it with --ledger");
    CommandRun tooMuch = CommandRun.of("finetune", "--resume", out, "--ledger", ledger);
    assertEquals(3, tooMuch.exitCode(), tooMuch.err());
    assertTrue(tooMuch.err().contains("was lost in a crash and stays spent"), tooMuch.err());
    JsonNode summary =
        done(CommandRun.of(
                "finetune", "--resume", out, "--ledger", ledger, "--epsilon", 2, "--json"))
            .json();
    assertEquals(2, summary.path("releases").asInt());
    assertEquals(1, summary.path("lost").asInt());
    assertArrayEquals(first, Files.readAllBytes(out.resolve("sums").resolve("round-001.json")));
    CommandRun verified = CommandRun.of("verify", out, "--ledger", ledger);
    assertEquals(0, verified.exitCode(), verified.out());
    assertEquals(3, account().path("spends").asInt(), "two releases and the lost one");
  }

  private static String server() {
    String server = System.getenv(SERVER);
    if (server == null || server.isBlank()) {
      String reason = SERVER + " names no server: .ci/postgres start DIR gives one";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      assumeTrue(false, reason);
      throw new AssertionError("unreachable");
    }
    return server;
  }

  /** Makes an empty database the ledger of this test. */
  private String createDatabase(String server) throws SQLException {
    String database = "cli_" + UUID.randomUUID().toString().replace("-", "");
    administer(server, "CREATE DATABASE " + database);
    ledger = server.replaceFirst("(jdbc:postgresql://[^/]*/)[^?]*", "$1" + database);
    return database;
  }

  private static void drop(String server, String database) throws SQLException {
    administer(server, "DROP DATABASE " + database + " WITH (FORCE)");
  }

  private static void administer(String server, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(server);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void keepsTheBudget() throws IOException {
    JsonNode set = done(init(1, "--json")).json();
    assertEquals(1, set.path("entry").asInt());
    assertRefused(
        3,
        finetune(1.0001, DELTA, "too-much"),
        "'ward'",
        "the whole run",
        "spent ε = 0 in 0 spends",
        "would fit: one release of at most ε = 1 at δ = 1.0E-5");
    assertFalse(Files.exists(folder.resolve("too-much")));
    assertEquals(0, account().path("spends").asInt());

    CommandRun first = done(finetune(0.6, DELTA, "first"));
    assertFalse(first.err().contains("has no budget"), first.err());
    JsonNode after = account();
    assertTrue(after.path("spends").asInt() >= 2, after.toString());
    assertTrue(after.path("spentEpsilon").asDouble() <= 0.6, after.toString());
    assertTrue(after.path("spentEpsilon").asDouble() > 0.59, after.toString());

    // At another δ than the budget's, as that run would state it.
    double otherDelta = 1e-7;
    JsonNode limit =
        done(ledger("limit", "--dataset", "ward", "--delta", otherDelta, "--json")).json();
    double fits = limit.path("epsilon").asDouble();
    assertEquals(
        GaussianDp.epsilon(limit.path("mu").asDouble(), otherDelta), fits, 1e-12, limit.toString());
    assertRefused(3, finetune(fits * (1 + 1e-9), otherDelta, "too-much"), "the whole run");
    assertFalse(Files.exists(folder.resolve("too-much")));
    done(finetune(fits, otherDelta, "second"));
    JsonNode full = account();
    assertTrue(full.path("spentEpsilon").asDouble() <= 1, full.toString());
    assertTrue(full.path("epsilon").asDouble() < 0.02, full.toString());

    assertRefused(3, finetune(0.5, DELTA, "third"), "'ward'", "would fit");
    assertRefused(3, init(50), "'ward' already has a budget", "set once");
    assertEquals(1, account().path("budgetEpsilon").asDouble());
  }

  @Test
  void withoutABudgetFinetuneSaysSoOnce() throws IOException {
    CommandRun run = done(finetune(1, DELTA, "out"));
    assertEquals(1, run.err().split("has no budget", -1).length - 1, run.err());
    assertTrue(run.err().contains("quietune ledger init --dataset 'ward'"), run.err());
    JsonNode account = account();
    assertTrue(account.path("budgetEpsilon").isMissingNode(), account.toString());
    assertTrue(account.path("spentEpsilon").asDouble() <= 1, account.toString());
    assertRefused(2, ledger("limit", "--dataset", "ward"), "'ward' has no budget");
    // What was spent counts.
    assertRefused(3, init(0.5), "already spent ε = 1 in");
    done(init(2));
    assertRefused(3, finetune(1.8, DELTA, "more"), "would fit");
  }

  @Test
  void anotherUnitIsRefused() {
    done(ledger("init", "--dataset", "ward", "--epsilon", 5, "--delta", DELTA));
    assertRefused(3, finetune(1, DELTA, "out"), "unit 'record'", "unit 'patient_id'");
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void aPureBudgetTakesThePureMechanismOnly() {
    done(ledger("init", "--dataset", "ward", "--epsilon", 2, "--delta", 0, "--unit", "patient_id"));
    assertRefused(3, finetune(1, DELTA, "out"), "not (ε, 0)-DP", "a pure ε of at most 2");
    done(finetune(1.5, 0, "pure", "--mechanism", "pure"));
    assertRefused(3, finetune(0.6, 0, "more", "--mechanism", "pure"), "a pure ε of at most 0.5");
  }

  @Test
  void theTableIsForPeople() {
    done(init(1));
    try (Ledger open = SqliteLedger.open(Path.of(ledger))) {
      open.charge(charge("ward", new GaussianEvent(10)));
      open.charge(charge("other ward", new PureDpEvent(0.25)));
    }
    List<String> lines = done(ledger("show")).out().lines().toList();
    assertEquals(4, lines.size(), lines.toString());
    assertTrue(lines.get(0).matches("data set +unit +adjacency +budget ε +δ +spent ε.*"));
    assertTrue(
        lines
            .get(1)
            .matches("other ward +patient_id +add-remove +none +1.0E-5 +0.2499\\d+ +unlimited +1"),
        lines.get(1));
    assertTrue(
        lines.get(2).matches("ward +patient_id +add-remove +1.0 +1.0E-5 +0.3\\d+ +0.9\\d+ +1"),
        lines.get(2));
    assertTrue(lines.get(3).matches("chain whole: 3 entries, head [0-9a-f]{64}"), lines.get(3));
  }

  private static Ledger.Charge charge(String dataset, PrivacyEvent event) {
    return new Ledger.Charge(
        dataset, "run", "sum", "patient_id", NeighboringRelation.ADD_OR_REMOVE_ONE, event);
  }

  @Test
  void anExportIsCheckedAndTellsASetBackLedger() throws IOException {
    done(init(1));
    Path backup = Files.copy(Path.of(ledger), folder.resolve("backup.sqlite"));
    try (Ledger open = SqliteLedger.open(Path.of(ledger))) {
      open.charge(charge("ward", new GaussianEvent(10)));
      open.charge(charge("wörd \"2\"\n", new PureDpEvent(0.25)));
    }
    Path export = folder.resolve("entries.jsonl");
    done(ledger("export", "--out", export));
    assertEquals(Files.readString(export), done(ledger("export")).out());
    assertEquals(4, Files.readAllLines(export).size());
    CommandRun whole = done(ledger("export", "--check", export));
    assertTrue(whole.out().contains("chain whole, 3 entries"), whole.out());

    // One character anywhere in what is hashed, or a line less.
    List<String> lines = Files.readAllLines(export);
    Path changed = folder.resolve("changed.jsonl");
    Files.write(changed, replaced(lines, 1, "10.0", "11.0"));
    assertRefused(1, ledger("export", "--check", changed), "entry 2 does not fit");
    Files.write(changed, replaced(lines, 2, "wörd", "word"));
    assertRefused(1, ledger("export", "--check", changed), "entry 3 does not fit");
    Files.write(changed, List.of(lines.get(0), lines.get(1), lines.get(3)));
    assertRefused(1, ledger("export", "--check", changed), "entry 3 was removed from its end");
    Files.write(changed, lines.subList(0, 3));
    assertRefused(1, ledger("export", "--check", changed), "without its last line");
    Files.write(changed, List.of("{\"x\":1}"));
    assertRefused(1, ledger("export", "--check", changed), "line 1 has no text 'dataset'");

    // The ledger put back to its older state is whole, but the export says that it was not so.
    Files.copy(backup, Path.of(ledger), StandardCopyOption.REPLACE_EXISTING);
    done(ledger("show"));
    CommandRun setBack = ledger("export", "--check", export);
    assertEquals(1, setBack.exitCode());
    assertTrue(setBack.err().contains("does not hold entry 2"), setBack.err());
    // So does it when the copy is used: its own second entry is another one.
    try (Ledger open = SqliteLedger.open(Path.of(ledger))) {
      open.charge(charge("ward", new GaussianEvent(10)));
      open.charge(charge("ward", new GaussianEvent(10)));
    }
    assertEquals(1, ledger("export", "--check", export).exitCode());
  }

  private static List<String> replaced(List<String> lines, int index, String from, String to) {
    List<String> changed = new ArrayList<>(lines);
    assertTrue(lines.get(index).contains(from), lines.get(index));
    changed.set(index, lines.get(index).replace(from, to));
    return changed;
  }

  @Test
  void placesThatAreNoLedger() {
    for (String what : List.of("show", "export")) {
      assertRefused(2, ledger(what), "there is no ledger");
    }
    assertFalse(Files.exists(Path.of(ledger)));
    ledger = "jdbc:mysql://db/x?password=geheim";
    CommandRun refused = ledger("show");
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("a ledger is a file or jdbc:postgresql:"), refused.err());
    assertFalse(refused.err().contains("geheim"), refused.err());
    ledger = "jdbc:postgresql://127.0.0.1:1/x?user=u&password=geheim";
    CommandRun unreachable = ledger("show");
    assertEquals(1, unreachable.exitCode());
    assertFalse(unreachable.err().contains("geheim"), unreachable.err());
    assertEquals(1, unreachable.errLines().size(), unreachable.err());
  }

  @Test
  void badFlags() {
    for (Object[] flags :
        new Object[][] {
          {"--dataset", "w", "--epsilon", 0, "--delta", DELTA},
          {"--dataset", "w", "--epsilon", "NaN", "--delta", DELTA},
          {"--dataset", "w", "--epsilon", 1, "--delta", 1},
          {"--dataset", "w", "--epsilon", 1, "--delta", -1e-9},
          {"--dataset", "w", "--epsilon", 1},
          {"--epsilon", 1, "--delta", DELTA}
        }) {
      assertEquals(2, ledger("init", flags).exitCode());
    }
    assertEquals(2, CommandRun.of("ledger").exitCode());
    assertFalse(Files.exists(Path.of(ledger)));
  }
}
