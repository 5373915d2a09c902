package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.release.SealedJson;
import org.quietune.release.Sha256;

/** {@code verify} accepts every run, and no change of any file. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VerifyTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files are changed at all positions up to this size, else at this many. */
  private static final int POSITIONS = 64;

  @TempDir static Path folder;
  private SmallRun small;
  private Path key;
  private Path signed;

  @BeforeAll
  void prepare() {
    small = SmallRun.prepare(folder);
    key = folder.resolve("hospital.key");
    CommandRun.succeeding("keygen", "--out", key);
    signed = folder.resolve("signed");
    CommandRun.succeeding(small.finetune(signed, "--delta", "1e-5", "--rounds", 2, "--sign", key));
  }

  private static CommandRun verify(Path run, Object... more) {
    return CommandRun.of(CommandRun.with(new Object[] {"verify", run}, more));
  }

  private Object[] everything() {
    return new Object[] {
      "--public-key", folder.resolve("hospital.key.pub"), "--ledger", small.ledger()
    };
  }

  /** The checks that failed. */
  static List<String> failed(CommandRun run) {
    return run.out().lines().filter(line -> line.startsWith("FAILED")).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qem",
        "dp-sgd",
        "dp-adam",
        "dp-gd",
        "dp-gd-augmented",
        "dp-kfc",
        "head-only",
        "lora-xs",
        "bitfit",
        "isotropic",
        "output-perturbation",
        "objective-perturbation",
        "ada-ssp"
      })
  void everyMechanismFollowsExactly(String mechanism) throws IOException {
    Path out = folder.resolve("mechanism-" + mechanism);
    CommandRun.succeeding(
        small.finetune(out, "--delta", "1e-5", "--mechanism", mechanism, "--sign", key));
    assertVerifies(out);
  }

  /** The best of a secret number of runs, which its own sums lead to again. */
  @ParameterizedTest
  @ValueSource(strings = {"qem", "dp-gd", "dp-adam", "ada-ssp"})
  void tunedRunsFollowExactly(String mechanism) throws IOException {
    Path out = folder.resolve("tuned-" + mechanism);
    CommandRun.succeeding(
        small.finetune(
            out,
            "--delta",
            "1e-5",
            "--mechanism",
            mechanism,
            "--tune",
            "--tune-runs",
            4,
            "--sign",
            key));
    assertVerifies(out);
  }

  @Test
  void liesAboutASelectionAreFound(@TempDir Path elsewhere) throws IOException {
    Path tuned = folder.resolve("tuned-for-lies");
    // Ten runs are expected; none has probability 5e-5.
    CommandRun.succeeding(
        small.finetune(
            tuned, "--delta", "1e-5", "--mechanism", "isotropic", "--tune", "--sign", key));
    lie(
        tuned,
        elsewhere,
        "another candidate",
        c -> {
          ObjectNode selection = (ObjectNode) c.path("selection");
          selection.put("chosen", selection.path("chosen").asInt() % 5 + 1);
          if (selection.path("chosen").asInt() == selection.path("candidates").asInt()) {
            selection.put("candidates", 1000);
          }
        },
        "not the one that the folder holds");
    lie(
        tuned,
        elsewhere,
        "fewer runs",
        c -> ((ObjectNode) c.path("selection").path("event")).put("expectedRuns", 2),
        "not the one that the folder holds");
    lie(
        tuned,
        elsewhere,
        "less noise",
        c ->
            ((ObjectNode) c.path("selection").path("releases").path(0).path("noise"))
                .put("multiplier", 1000),
        "is not the release that is certified");
    lie(
        tuned,
        elsewhere,
        "score left out",
        c -> ((ArrayNode) c.path("selection").path("releases")).remove(1),
        "leaves out");
    lie(
        tuned,
        elsewhere,
        "no selection",
        c -> c.remove("selection"),
        "the selection in the certificate");
  }

  /** On a network with a hidden layer: every subspace and curvature, and trained parts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--subspace kronecker:2",
        "--subspace kronecker-svd:2 --curvature kfac",
        "--subspace gaussian:8",
        "--subspace srht:8 --curvature lowrank:3",
        "--subspace principal:6 --curvature diagonal",
        "--curvature ekfac",
        "--train head"
      })
  void everyGeometryFollowsExactly(String geometry) throws IOException {
    Path mlp = folder.resolve("mlp.onnx");
    if (!Files.exists(mlp)) {
      small.pretrain(mlp, "mlp:5");
    }
    Path out = folder.resolve("geometry" + geometry.replaceAll("[^a-z0-9]", ""));
    Object[] flags = geometry.isEmpty() ? new Object[0] : (Object[]) geometry.split(" ");
    CommandRun.succeeding(
        CommandRun.with(
            CommandRun.changed(
                small.finetune(out, "--delta", "1e-5", "--rounds", 3, "--sign", key),
                "--model",
                mlp),
            flags));
    assertVerifies(out);
  }

  /** Three classes and over 2,000 directions: the rounds whose step rests on a released number. */
  @Test
  void aWideNetworkOfSeveralClassesFollowsExactly() throws IOException {
    Path wide = Files.createDirectories(folder.resolve("wide"));
    Path publicFile = SmallWards.write(wide.resolve("public.csv"), threeClasses(true));
    Path privateFile = SmallWards.write(wide.resolve("private.csv"), threeClasses(false));
    Path model = wide.resolve("mlp.onnx");
    CommandRun.succeeding(
        "pretrain", "--data", publicFile, "--label", "died", "--arch", "mlp:300", "--out", model);
    Path out = wide.resolve("run");
    Object[] run = small.finetune(out, "--delta", "1e-5", "--rounds", 2, "--sign", key);
    run = CommandRun.changed(run, "--model", model);
    run = CommandRun.changed(run, "--public", publicFile);
    run = CommandRun.changed(run, "--private", privateFile);
    run = CommandRun.changed(run, "--epsilon", 8);
    CommandRun.succeeding(run);
    assertVerifies(out);
    assertTrue(
        Files.readString(out.resolve("certificate.json")).contains("misfit"), "the wide rule ran");
  }

  /** One logit and over 2,000 parameters: cores, and parts of steps that are kept. */
  @Test
  void aWideNetworkOfOneLogitFollowsExactly() throws IOException {
    Path wide = Files.createDirectories(folder.resolve("one-logit"));
    Path model = wide.resolve("mlp.onnx");
    small.pretrain(model, "mlp:400");
    Path out = wide.resolve("run");
    CommandRun.succeeding(
        CommandRun.changed(
            small.finetune(out, "--delta", "1e-5", "--rounds", 2, "--sign", key),
            "--model",
            model));
    assertVerifies(out);
    assertTrue(
        Files.readString(out.resolve("certificate.json")).contains("as U Z V'"),
        "cores are trained");
    assertTrue(Files.exists(out.resolve("public/round-002-part.bin")), "the part is kept");
  }

  /** The small wards, with a third class in every third row. */
  private static List<String> threeClasses(boolean open) {
    List<String> lines = open ? SmallWards.publicLines() : SmallWards.privateLines();
    List<String> changed = lines;
    for (int line = 2; line <= lines.size(); line += 3) {
      changed = SmallWards.withCell(changed, line, "died", "2");
    }
    return changed;
  }

  @Test
  void thePureMechanismFollowsExactly() throws IOException {
    Path out = folder.resolve("pure");
    CommandRun.succeeding(small.finetune(out, "--mechanism", "pure", "--sign", key));
    JsonNode json = assertVerifies(out);
    assertFalse(json.has("mu"));
    assertEquals(0, json.path("delta").asDouble());
  }

  private JsonNode assertVerifies(Path out) throws IOException {
    CommandRun run = verify(out, everything());
    assertEquals(0, run.exitCode(), run.out());
    JsonNode json = verify(out, CommandRun.with(everything(), "--json")).json();
    assertTrue(json.path("ok").asBoolean());
    assertTrue(json.path("signed").asBoolean());
    assertEquals(0, json.path("maxDifference").asDouble(-1));
    JsonNode certificate = JSON.readTree(out.resolve("certificate.json").toFile());
    assertEquals(certificate.path("epsilon").asDouble(), json.path("epsilon").asDouble());
    assertEquals(List.of(), schemaErrors(certificate));
    return json;
  }

  private static List<Error> schemaErrors(JsonNode certificate) throws IOException {
    Path schemaFile = Path.of("..", "docs", "certificate.schema.json");
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(schemaFile));
    return schema.validate(certificate.toString(), InputFormat.JSON);
  }

  /** A validator that accepts everything would accept every certificate. */
  @Test
  void theSchemaRefusesWhatIsNoCertificate() throws IOException {
    ObjectNode certificate =
        (ObjectNode) JSON.readTree(signed.resolve("certificate.json").toFile());
    for (String field : List.of("epsilon", "releases", "files", "ledgerHead", "statement")) {
      ObjectNode lacking = certificate.deepCopy();
      lacking.remove(field);
      assertNotEquals(List.of(), schemaErrors(lacking), field);
    }
    assertNotEquals(List.of(), schemaErrors(certificate.deepCopy().put("epsilon", "1")));
    assertNotEquals(List.of(), schemaErrors(certificate.deepCopy().put("privateDataHash", "ab")));
  }

  @Test
  void oneChangedByteAnywhereIsNoticedAndNamed() throws IOException {
    Set<String> changedFiles = new TreeSet<>();
    for (Path file : files(signed)) {
      byte[] whole = Files.readAllBytes(file);
      String name = signed.relativize(file).toString();
      for (int position : positions(whole.length)) {
        byte[] changed = whole.clone();
        changed[position] ^= (byte) (1 << position % 8);
        Files.write(file, changed);
        CommandRun run = verify(signed);
        assertEquals(1, run.exitCode(), () -> name + " at " + position + ": " + run.out());
        assertTrue(
            failed(run).stream().anyMatch(line -> line.contains(name)),
            () -> name + " at " + position + " is not named: " + run.out());
        changedFiles.add(name);
      }
      Files.write(file, whole);
    }
    assertEquals(0, verify(signed).exitCode());
    assertTrue(
        changedFiles.containsAll(
            List.of(
                "base.onnx",
                "certificate.json",
                "certificate.sig",
                "model.onnx",
                "public/plan.bin",
                "public/round-001.bin",
                "public/round-002.bin",
                "public/subspace.bin",
                "public/unit-count.bin",
                "report.html",
                "run.json",
                "sums/round-001.json",
                "sums/round-002.json",
                "sums/unit-count.json")),
        changedFiles::toString);
  }

  private static List<Path> files(Path run) throws IOException {
    try (Stream<Path> walk = Files.walk(run)) {
      // The lock is an empty file, in which no byte can be changed.
      return walk.filter(f -> Files.isRegularFile(f) && f.toFile().length() > 0).sorted().toList();
    }
  }

  private static int[] positions(int length) {
    return length <= POSITIONS
        ? IntStream.range(0, length).toArray()
        : IntStream.rangeClosed(0, POSITIONS)
            .map(i -> (int) ((long) i * (length - 1) / POSITIONS))
            .toArray();
  }

  /** Without the hashes of the folder's files, changes would pass: the twin that shows it. */
  @Test
  void aFileThatNoHashCoversCanBeChanged(@TempDir Path elsewhere) throws IOException {
    Path twin = copy(signed, elsewhere.resolve("twin"));
    Files.delete(twin.resolve("certificate.sig"));
    reseal(
        twin,
        certificate -> {
          certificate.remove("signer");
          ((ObjectNode) certificate.path("files")).remove("report.html");
        });
    Files.write(twin.resolve("report.html"), new byte[] {1});
    List<String> failures = failed(verify(twin));
    assertEquals(1, failures.size(), failures::toString);
    assertTrue(failures.get(0).contains("does not name report.html"), failures::toString);
    Files.delete(twin.resolve("report.html"));
    assertEquals(0, verify(twin).exitCode());
  }

  /** Whoever rewrites a certificate can make its own hash fit; a lie shows all the same. */
  @Test
  void liesAreFound(@TempDir Path elsewhere) throws IOException {
    lie(elsewhere, "epsilon", c -> c.put("epsilon", c.path("epsilon").asDouble() / 2), "epsilon");
    lie(elsewhere, "mu", c -> c.put("mu", c.path("mu").asDouble() * 0.999), "mu");
    lie(elsewhere, "statement", c -> c.put("statement", "All is well."), "statement");
    lie(elsewhere, "unit", c -> c.put("privacyUnit", "ward"), "privacy unit");
    lie(
        elsewhere,
        "noise",
        c -> ((ObjectNode) c.path("releases").path(1).path("noise")).put("multiplier", 1000),
        "epsilon");
    lie(
        elsewhere,
        "clip",
        c -> ((ObjectNode) c.path("releases").path(1)).put("clipNorm", 1e-9),
        "sums/round-001.json");
    lie(
        elsewhere,
        "release left out",
        c -> ((ArrayNode) c.path("releases")).remove(1),
        "leaves out");
    lie(
        elsewhere,
        "curve",
        c -> ((ObjectNode) c.path("deltaCurve").path(2)).put("delta", 0),
        "curve");
  }

  private void lie(Path elsewhere, String name, Consumer<ObjectNode> lie, String found)
      throws IOException {
    lie(signed, elsewhere, name, lie, found);
  }

  private static void lie(
      Path honest, Path elsewhere, String name, Consumer<ObjectNode> lie, String found)
      throws IOException {
    Path liar = copy(honest, elsewhere.resolve(name.replace(' ', '-')));
    Files.delete(liar.resolve("certificate.sig"));
    reseal(liar, c -> c.remove("signer"));
    assertEquals(0, verify(liar).exitCode(), "the twin that does not lie");
    reseal(liar, lie);
    CommandRun run = verify(liar);
    assertEquals(1, run.exitCode(), name);
    assertTrue(String.join("\n", failed(run)).contains(found), () -> name + ": " + run.out());
  }

  /** A model whose hash was made to fit still does not follow from the sums. */
  @Test
  void aForeignModelDoesNotFollow(@TempDir Path elsewhere) throws IOException {
    Path liar = copy(signed, elsewhere.resolve("liar"));
    Files.delete(liar.resolve("certificate.sig"));
    byte[] base = Files.readAllBytes(liar.resolve("base.onnx"));
    Files.write(liar.resolve("model.onnx"), base);
    String hash = Sha256.hex(base);
    reseal(
        liar,
        c -> {
          c.remove("signer");
          c.put("modelSha256", hash);
          ((ObjectNode) c.path("files")).put("model.onnx", hash);
        });
    List<String> failures = failed(verify(liar));
    assertEquals(1, failures.size(), failures::toString);
    assertTrue(failures.get(0).contains("does not follow from the stored sums"));
  }

  @Test
  void signaturesAreByTheKeyThatIsAskedFor(@TempDir Path elsewhere) throws IOException {
    Path other = elsewhere.resolve("other.key");
    CommandRun.succeeding("keygen", "--out", other);
    CommandRun run = verify(signed, "--public-key", elsewhere.resolve("other.key.pub"));
    assertEquals(1, run.exitCode());
    assertTrue(failed(run).get(0).contains("another key"), run.out());
    Path unsigned = elsewhere.resolve("unsigned");
    CommandRun made =
        CommandRun.succeeding(small.finetune(unsigned, "--delta", "1e-5", "--rounds", 1));
    assertTrue(made.err().contains("NOT SIGNED"), made.err());
    assertTrue(Files.readString(unsigned.resolve("report.html")).contains("NOT SIGNED"));
    CommandRun plain = verify(unsigned);
    assertEquals(0, plain.exitCode(), plain.out());
    assertTrue(plain.out().contains("NOT SIGNED"), plain.out());
    assertEquals(1, verify(unsigned, everything()).exitCode());
  }

  @Test
  void keysAreNotOverwrittenAndTheOwnersAlone(@TempDir Path elsewhere) throws IOException {
    Path file = elsewhere.resolve("k");
    CommandRun.succeeding("keygen", "--out", file);
    byte[] before = Files.readAllBytes(file);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    CommandRun again = CommandRun.of("keygen", "--out", file);
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("never overwritten"), again.err());
    assertTrue(Arrays.equals(before, Files.readAllBytes(file)));
  }

  @Test
  void theLedgerMustHoldTheSpends(@TempDir Path elsewhere) throws IOException {
    Path export = elsewhere.resolve("ledger.jsonl");
    Files.writeString(
        export, CommandRun.succeeding("ledger", "export", "--ledger", small.ledger()).out());
    assertEquals(0, verify(signed, "--ledger", export).exitCode());
    Path foreign = elsewhere.resolve("foreign.sqlite");
    CommandRun.succeeding(
        CommandRun.changed(
            small.finetune(elsewhere.resolve("o"), "--delta", "1e-5", "--rounds", 1),
            "--ledger",
            foreign));
    CommandRun run = verify(signed, "--ledger", foreign);
    assertEquals(1, run.exitCode(), run.out());
    assertTrue(failed(run).get(0).contains("foreign.sqlite"), run.out());
  }

  /** Changes an unsigned run's certificate and makes its own hash fit. */
  static void reseal(Path run, Consumer<ObjectNode> change) throws IOException {
    resealFile(run.resolve("certificate.json"), change);
  }

  /** Changes {@code run.json}, and makes its own hash and the certificate's fit. */
  static void resealRunFile(Path run, Consumer<ObjectNode> change) throws IOException {
    Path file = run.resolve("run.json");
    resealFile(file, change);
    String hash = Sha256.hex(Files.readAllBytes(file));
    reseal(run, c -> ((ObjectNode) c.path("files")).put("run.json", hash));
  }

  private static void resealFile(Path file, Consumer<ObjectNode> change) throws IOException {
    ObjectNode content = (ObjectNode) JSON.readTree(file.toFile());
    content.remove("contentSha256");
    change.accept(content);
    Files.write(file, SealedJson.bytes(content));
  }

  static Path copy(Path from, Path to) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(from)) {
      files.addAll(walk.sorted().toList());
    }
    for (Path file : files) {
      Files.copy(file, to.resolve(from.relativize(file).toString()));
    }
    return to;
  }
}
