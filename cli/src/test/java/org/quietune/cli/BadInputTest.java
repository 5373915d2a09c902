package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quietune.cli.CommandRun.changed;
import static org.quietune.cli.CommandRun.with;
import static org.quietune.cli.CommandRun.without;
import static org.quietune.cli.SmallWards.withCell;
import static org.quietune.cli.SmallWards.withHeader;
import static org.quietune.cli.SmallWards.write;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is wrong with the input: exit 2, one line that names the culprit, nothing written,
 * nothing spent.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  /** What a usage error adds to its line. */
  private static final String HINT = "Try: quietune";

  @TempDir static Path folder;

  private Path publicFile = Path.of("");
  private Path privateFile = Path.of("");
  private Path model = Path.of("");
  private Path out = Path.of("");

  /**
   * A command that must be refused.
   *
   * @param culprits what the line has to name
   */
  record Case(String name, Object[] command, List<String> culprits) {
    Case(String name, Object[] command, String... culprits) {
      this(name, command, List.of(culprits));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  void prepare() {
    publicFile = write(folder.resolve("public.csv"), SmallWards.publicLines());
    privateFile = write(folder.resolve("private.csv"), SmallWards.privateLines());
    model = folder.resolve("base.onnx");
    out = folder.resolve("out");
    CommandRun.succeeding("pretrain", "--data", publicFile, "--label", "died", "--out", model);
  }

  private Object[] pretrain(Object data) {
    return new Object[] {
      "pretrain", "--data", data, "--label", "died", "--out", folder.resolve("new.onnx")
    };
  }

  private Object[] evaluate(Object modelFile, Object data) {
    return new Object[] {"evaluate", "--model", modelFile, "--data", data, "--label", "died"};
  }

  private Object[] finetune(Object modelFile, Object publicData, Object privateData) {
    return new Object[] {
      "finetune",
      "--model",
      modelFile,
      "--public",
      publicData,
      "--private",
      privateData,
      "--label",
      "died",
      "--unit",
      "patient_id",
      "--epsilon",
      "1",
      "--delta",
      "1e-5",
      "--ledger",
      folder.resolve("ledger.sqlite"),
      "--out",
      out
    };
  }

  private Object[] finetune() {
    return finetune(model, publicFile, privateFile);
  }

  /** The good command with one flag changed. */
  private Object[] finetune(String flag, Object value) {
    return changed(finetune(), flag, value);
  }

  @ParameterizedTest
  @MethodSource({"tables", "labels", "units", "models", "flags", "folders", "usage"})
  void refused(Case bad) throws IOException {
    Map<String, String> before = snapshot();
    CommandRun run = CommandRun.of(bad.command());
    assertEquals(2, run.exitCode(), run.err());
    List<String> lines = run.errLines();
    assertTrue(
        lines.size() == 1 || (lines.size() == 2 && lines.get(1).startsWith(HINT)), run.err());
    assertTrue(lines.get(0).startsWith("quietune: "), run.err());
    for (String culprit : bad.culprits()) {
      assertTrue(lines.get(0).contains(culprit), () -> culprit + " is not in: " + run.err());
    }
    assertEquals("", run.out());
    assertEquals(before, snapshot(), "something was written or spent");
  }

  /** Otherwise every case above might be refused for a reason that it does not mean. */
  @Test
  void theCommandsThatTheCasesSpoilAreGood(@TempDir Path elsewhere) {
    CommandRun.succeeding(changed(pretrain(publicFile), "--out", elsewhere.resolve("m.onnx")));
    CommandRun.succeeding(evaluate(model, publicFile));
    CommandRun.succeeding(
        changed(
            finetune("--ledger", elsewhere.resolve("ledger.sqlite")),
            "--out",
            elsewhere.resolve("out")));
  }

  /** Where a table can stand. */
  private Map<String, Object[]> placesOf(Object publicData, Object privateData) {
    return new TreeMap<>(
        Map.of(
            "pretrain --data", pretrain(publicData),
            "evaluate --data", evaluate(model, publicData),
            "finetune --public", finetune(model, publicData, privateFile),
            "finetune --test", finetune("--test", publicData),
            "finetune --private", finetune(model, publicFile, privateData)));
  }

  private List<Case> everywhere(
      String what, Object publicData, Object privateData, String... culprits) {
    List<Case> cases = new ArrayList<>();
    placesOf(publicData, privateData)
        .forEach((place, command) -> cases.add(new Case(what + ", " + place, command, culprits)));
    return cases;
  }

  Stream<Case> tables() {
    List<String> publicLines = SmallWards.publicLines();
    List<String> privateLines = SmallWards.privateLines();
    List<Case> cases = new ArrayList<>();
    cases.addAll(
        everywhere(
            "text in a numeric column",
            write(folder.resolve("text-pub.csv"), withCell(publicLines, 9, "pulse", "fast")),
            write(folder.resolve("text-priv.csv"), withCell(privateLines, 9, "pulse", "fast")),
            "text-p",
            "line 9",
            "'pulse'",
            "'fast'"));
    cases.addAll(
        everywhere(
            "missing label column",
            write(folder.resolve("nolabel-pub.csv"), withHeader(publicLines, "died", "dead")),
            write(folder.resolve("nolabel-priv.csv"), withHeader(privateLines, "died", "dead")),
            "nolabel-p",
            "'died'"));
    cases.addAll(
        everywhere(
            "a row too short",
            write(folder.resolve("short-pub.csv"), append(publicLines, "1,2")),
            write(folder.resolve("short-priv.csv"), append(privateLines, "p1,2,3")),
            "short-p",
            "line"));
    cases.addAll(
        everywhere(
            "empty file",
            write(folder.resolve("empty-pub.csv"), List.of()),
            write(folder.resolve("empty-priv.csv"), List.of()),
            "empty-p",
            "is empty"));
    cases.addAll(
        everywhere(
            "no rows",
            write(folder.resolve("norows-pub.csv"), publicLines.subList(0, 1)),
            write(folder.resolve("norows-priv.csv"), privateLines.subList(0, 1)),
            "norows-p",
            "no rows"));
    cases.addAll(
        everywhere(
            "file not found",
            folder.resolve("gone.csv"),
            folder.resolve("gone.csv"),
            "no such file",
            "gone.csv"));
    cases.addAll(everywhere("unknown kind of file", model, model, "base.onnx", "unknown kind"));
    Path noGzip = write(folder.resolve("plain.csv.gz"), publicLines);
    cases.addAll(everywhere("not gzip", noGzip, noGzip, "plain.csv.gz"));
    Path noParquet = write(folder.resolve("plain.parquet"), publicLines);
    cases.addAll(everywhere("not Parquet", noParquet, noParquet, "plain.parquet"));
    cases.addAll(everywhere("a folder", folder, folder, folder.getFileName().toString()));

    Path publicGap =
        write(folder.resolve("gap-pub.csv"), withHeader(publicLines, "lactate", "other"));
    Path privateGap =
        write(folder.resolve("gap-priv.csv"), withHeader(privateLines, "lactate", "other"));
    placesOf(publicGap, privateGap)
        .forEach(
            (place, command) -> {
              // Pretraining takes whatever columns there are.
              if (!place.startsWith("pretrain")) {
                cases.add(
                    new Case("missing feature column, " + place, command, "gap-p", "'lactate'"));
              }
            });
    cases.add(
        new Case(
            "missing excluded column",
            with(pretrain(publicFile), "--exclude", "agee"),
            "public.csv",
            "'agee'"));
    return cases.stream();
  }

  Stream<Case> labels() {
    List<Case> cases = new ArrayList<>();
    for (String label : List.of("2", "-1", "0.5", "NaN", "", "yes")) {
      Path publicBad =
          write(
              folder.resolve("label" + label + "-pub.csv"),
              withCell(SmallWards.publicLines(), 5, "died", label));
      Path privateBad =
          write(
              folder.resolve("label" + label + "-priv.csv"),
              withCell(SmallWards.privateLines(), 5, "died", label));
      placesOf(publicBad, privateBad)
          .forEach(
              (place, command) -> {
                // For pretraining, a 2 is a third class.
                if (!place.startsWith("pretrain") || !label.equals("2")) {
                  cases.add(
                      new Case(
                          "label '" + label + "', " + place,
                          command,
                          "label" + label + "-p",
                          "line 5",
                          "'died'"));
                }
              });
    }
    cases.add(
        new Case(
            "a class without rows",
            pretrain(
                write(
                    folder.resolve("three.csv"),
                    withCell(SmallWards.publicLines(), 5, "died", "3"))),
            "three.csv",
            "label 2"));
    List<String> same = new ArrayList<>(SmallWards.publicLines());
    for (int line = 2; line <= same.size(); line++) {
      same = withCell(same, line, "died", "0");
    }
    cases.add(
        new Case("one class only", pretrain(write(folder.resolve("same.csv"), same)), "same.csv"));
    return cases.stream();
  }

  Stream<Case> units() {
    Path unnamed =
        write(
            folder.resolve("unnamed.csv"),
            withCell(SmallWards.privateLines(), 7, "patient_id", " "));
    return Stream.of(
        new Case("no unit column", finetune("--unit", "ward"), "private.csv", "'ward'"),
        new Case(
            "a row without unit",
            finetune(model, publicFile, unnamed),
            "unnamed.csv",
            "line 7",
            "'patient_id'"),
        new Case("the unit is the label", finetune("--unit", "died"), "private.csv", "'died'"));
  }

  Stream<Case> models() throws IOException {
    Path text = write(folder.resolve("text.onnx"), List.of("not a model"));
    Path empty = write(folder.resolve("empty.onnx"), List.of());
    Path truncated = folder.resolve("truncated.onnx");
    byte[] whole = Files.readAllBytes(model);
    Files.write(truncated, Arrays.copyOf(whole, whole.length - 100));
    Path narrow = folder.resolve("narrow.onnx");
    Path two = write(folder.resolve("two.csv"), cut(SmallWards.publicLines(), 1));
    CommandRun.succeeding("pretrain", "--data", two, "--label", "died", "--out", narrow);
    ModelProto anonymous =
        ModelProto.parseFrom(Files.readAllBytes(narrow)).toBuilder().clearMetadataProps().build();
    Files.write(narrow, anonymous.toByteArray());
    Path foreign = folder.resolve("foreign.onnx");
    Files.write(foreign, withLastOperator(ModelProto.parseFrom(whole), "Hardmax"));
    Path logits = folder.resolve("logits.onnx");
    Files.write(logits, withoutLastNode(ModelProto.parseFrom(whole)));

    List<Case> cases = new ArrayList<>();
    Map<Path, String> bad =
        new TreeMap<>(
            Map.of(
                folder.resolve("gone.onnx"),
                "no such file",
                folder,
                "cannot be read as a file",
                text,
                "not an ONNX model",
                empty,
                "not an ONNX model",
                truncated,
                "",
                narrow,
                "2 inputs"));
    bad.forEach(
        (file, problem) -> {
          String name = file.getFileName().toString();
          cases.add(
              new Case(
                  "finetune --model " + name,
                  finetune(file, publicFile, privateFile),
                  name,
                  problem));
          cases.add(
              new Case("evaluate --model " + name, evaluate(file, publicFile), name, problem));
        });
    // Fits the public table, but not the private one.
    cases.add(
        new Case(
            "wrong width of the private table",
            finetune(narrow, two, privateFile),
            "private.csv",
            "3 feature columns",
            "2 inputs"));
    cases.add(
        new Case("evaluate logits", evaluate(logits, publicFile), "logits.onnx", "probability"));
    cases.add(
        new Case(
            "finetune logits with --test",
            changed(finetune(logits, publicFile, privateFile), "--test", publicFile),
            "logits.onnx",
            "probability"));
    for (Object[] more : new Object[][] {{}, {"--units", 90}}) {
      cases.add(
          new Case(
              "operator that cannot be trained " + Arrays.toString(more),
              with(finetune(foreign, publicFile, privateFile), more),
              "foreign.onnx",
              "Hardmax"));
    }
    return cases.stream();
  }

  Stream<Case> flags() {
    List<Case> cases = new ArrayList<>();
    Map<String, List<String>> bad =
        new TreeMap<>(
            Map.of(
                "--epsilon", List.of("0", "-1", "NaN", "Infinity", "one", ""),
                "--delta", List.of("0", "1", "-0.5", "2", "NaN", "small"),
                "--units", List.of("0", "-5", "NaN", "Infinity", "many"),
                "--records-per-unit", List.of("0", "NaN", "Infinity"),
                "--rounds", List.of("0", "-1", "1.5", "some"),
                "--mechanism", List.of("", "PURE", "laplace"),
                "--adjacency", List.of("both")));
    bad.forEach(
        (flag, values) ->
            values.forEach(
                value ->
                    cases.add(
                        new Case("finetune " + flag + " " + value, finetune(flag, value), flag))));
    Map<String, List<String>> badForPure =
        Map.of(
            "--delta", List.of("1e-5", "-1", "NaN"),
            "--rounds", List.of("2", "0"),
            "--epsilon", List.of("0", "-1", "NaN", "1e-4", "1e7"));
    new TreeMap<>(badForPure)
        .forEach(
            (flag, values) ->
                values.forEach(
                    value ->
                        cases.add(
                            new Case(
                                "pure " + flag + " " + value,
                                changed(
                                    with(finetune("--delta", 0), "--mechanism", "pure"),
                                    flag,
                                    value),
                                flag))));
    for (String arch : List.of("cnn:8", "mlp", "mlp:0", "mlp:x", "mlp:-1", "mlp:8:", "")) {
      cases.add(new Case("--arch " + arch, with(pretrain(publicFile), "--arch", arch), "--arch"));
    }
    Map<String, Object[]> epsilon =
        Map.of(
            "--delta", new Object[] {"--mu", 1, "--delta", 0},
            "--mu", new Object[] {"--mu", -1, "--delta", 1e-5},
            "--noise-multiplier", new Object[] {"--noise-multiplier", "NaN", "--delta", 1e-5},
            "--epsilon", new Object[] {"--epsilon", 0, "--delta", 1e-5},
            "--steps", new Object[] {"--epsilon", 1, "--delta", 1e-5, "--steps", 0},
            "exactly one", new Object[] {"--mu", 1, "--epsilon", 1, "--delta", 1e-5},
            "--mu, --noise-multiplier", new Object[] {"--delta", 1e-5});
    new TreeMap<>(epsilon)
        .forEach(
            (culprit, arguments) ->
                cases.add(
                    new Case(
                        "epsilon " + culprit, with(new Object[] {"epsilon"}, arguments), culprit)));
    return cases.stream();
  }

  Stream<Case> folders() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String used : List.of("model.onnx", "certificate.json", "report.html", "sums")) {
      Path folderInUse = Files.createDirectories(folder.resolve("used-" + used));
      Files.writeString(folderInUse.resolve(used), "");
      cases.add(new Case("--out with " + used, finetune("--out", folderInUse), "used-" + used));
    }
    cases.add(new Case("--out is a file", finetune("--out", publicFile), "public.csv"));
    cases.add(
        new Case(
            "--out below a file", finetune("--out", publicFile.resolve("deeper")), "public.csv"));
    cases.add(
        new Case(
            "pretrain --out in no folder",
            changed(pretrain(publicFile), "--out", folder.resolve("nowhere").resolve("m.onnx")),
            "nowhere"));
    cases.add(
        new Case(
            "pretrain --out is a folder",
            changed(pretrain(publicFile), "--out", folder),
            folder.toString()));
    cases.add(
        new Case(
            "reproduce without data",
            new Object[] {
              "reproduce", "icu", "--data", folder.resolve("no-icu"), "--out", folder.resolve("icu")
            },
            "no-icu"));
    cases.add(
        new Case(
            "reproduce without images",
            new Object[] {
              "reproduce",
              "mnist",
              "--data",
              folder.resolve("no-mnist"),
              "--out",
              folder.resolve("mnist")
            },
            "no-mnist"));
    return cases.stream();
  }

  Stream<Case> usage() {
    return Stream.of(
        new Case("unknown flag", with(finetune(), "--frobnicate"), "--frobnicate"),
        new Case("unknown flag of pretrain", with(pretrain(publicFile), "--lables"), "--lables"),
        new Case("unknown argument", with(evaluate(model, publicFile), "more"), "more"),
        new Case("flag without value", with(evaluate(model, publicFile), "--data"), "--data"),
        new Case(
            "missing flags", new Object[] {"finetune", "--epsilon", 1}, "--private", "--model"),
        new Case("no delta", without(finetune(), "--delta"), "--delta"),
        new Case("unknown command", new Object[] {"fintune"}, "fintune"),
        new Case("reproduce what", new Object[] {"reproduce"}, "icu", "mnist"),
        new Case("unknown part", mnist("--part", "d"), "--part", "d is none of a, b, c"),
        new Case("unknown method", mnist("--methods", "qem,sgd"), "--methods", "sgd", "dp-sgd"),
        new Case("unknown number of images", mnist("--units", "999"), "--units", "999", "1000"),
        new Case("unknown budget", mnist("--epsilons", "7"), "--epsilons", "3"),
        new Case(
            "budget that the part does not have",
            with(mnist("--part", "a"), "--epsilons", "3"),
            "no table has a cell of --part a with --epsilons 3.0"),
        new Case("too few seeds of images", mnist("--seeds", "1"), "--seeds"),
        new Case("unknown model", reproduce("icu", "--model", "cnn"), "--model", "mlp:64"),
        new Case("unknown number of stays", reproduce("icu", "--units", "5"), "5", "1451"),
        new Case("too few seeds", reproduce("icu", "--seeds", "1"), "--seeds"));
  }

  private Object[] mnist(String flag, String value) {
    return reproduce("mnist", flag, value);
  }

  private Object[] reproduce(String experiment, String flag, String value) {
    return new Object[] {"reproduce", experiment, "--data", folder, "--out", out, flag, value};
  }

  private static List<String> append(List<String> lines, String line) {
    List<String> longer = new ArrayList<>(lines);
    longer.add(line);
    return longer;
  }

  /** The lines without column {@code index}. */
  private static List<String> cut(List<String> lines, int index) {
    return lines.stream()
        .map(
            line -> {
              List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
              cells.remove(index);
              return String.join(",", cells);
            })
        .toList();
  }

  private static byte[] withLastOperator(ModelProto proto, String operator) {
    ModelProto.Builder changed = proto.toBuilder();
    int last = changed.getGraph().getNodeCount() - 1;
    NodeProto node = changed.getGraph().getNode(last).toBuilder().setOpType(operator).build();
    changed.getGraphBuilder().setNode(last, node);
    return changed.build().toByteArray();
  }

  /** The model that ends where its last node, a Sigmoid, began. */
  private static byte[] withoutLastNode(ModelProto proto) {
    ModelProto.Builder changed = proto.toBuilder();
    int last = changed.getGraph().getNodeCount() - 1;
    String logit = changed.getGraph().getNode(last).getInput(0);
    changed.getGraphBuilder().removeNode(last).getOutputBuilder(0).setName(logit);
    return changed.build().toByteArray();
  }

  /** Every file below the folder, with its size and time of change. */
  private Map<String, String> snapshot() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.toList()) {
        files.put(
            path.toString(),
            Files.isDirectory(path)
                ? "folder"
                : Files.size(path) + " " + Files.getLastModifiedTime(path));
      }
    }
    return files;
  }
}
