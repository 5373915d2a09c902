package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.model.ModelFile;
import org.quietune.model.ModelOptions;
import org.quietune.model.ParameterInfo;
import org.quietune.model.TrainableSelection;

/**
 * A BERT encoder of another tool from the command line, on real text: the licences that Debian
 * ships, a passage of twelve words each, told apart as copyleft or not. The encoder's weights are
 * random (its own README says so), so accuracy says little; what is tested is the way through.
 */
@EnabledIfEnvironmentVariable(named = "QUIETUNE_MODELS", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EncoderTest {
  private static final int LENGTH = 16;
  private static final int PASSAGE = 12;
  private static final Path TEXTS = Path.of("/usr/share/common-licenses");

  @TempDir static Path folder;

  private Path encoder = Path.of("");

  @BeforeAll
  void tokenize() throws IOException {
    Path models = Path.of(System.getenv("QUIETUNE_MODELS"), "tinybert-tribuo");
    encoder = models.resolve("tinybert.onnx");
    WordPieces pieces = new WordPieces(models.resolve("tinybert-tokenizer.json"));
    write("public.csv", pieces, List.of("GPL-2", "LGPL-2.1"), List.of("MPL-2.0", "MPL-1.1"));
    write("private.csv", pieces, List.of("GPL-3"), List.of("Apache-2.0", "Artistic"));
  }

  private static void write(
      String name, WordPieces pieces, List<String> copyleft, List<String> others)
      throws IOException {
    List<String> lines = new ArrayList<>(List.of(WordPieces.header(LENGTH)));
    for (String text : copyleft) {
      passages(text).forEach(passage -> lines.add(pieces.row(passage, LENGTH, 1)));
    }
    for (String text : others) {
      passages(text).forEach(passage -> lines.add(pieces.row(passage, LENGTH, 0)));
    }
    Files.write(folder.resolve(name), lines);
  }

  private static List<String> passages(String text) throws IOException {
    String[] words = Files.readString(TEXTS.resolve(text)).strip().split("\\s+");
    List<String> passages = new ArrayList<>();
    for (int i = 0; i + PASSAGE <= words.length; i += PASSAGE) {
      passages.add(String.join(" ", Arrays.copyOfRange(words, i, i + PASSAGE)));
    }
    return passages;
  }

  private Object[] finetune(Path out, Object... more) {
    return CommandRun.with(
        new Object[] {
          "finetune",
          "--model",
          encoder,
          "--dims",
          "sequence=" + LENGTH,
          "--inputs",
          "input_ids=id_*,attention_mask=mask_*,token_type_ids=type_*",
          "--public",
          folder.resolve("public.csv"),
          "--private",
          folder.resolve("private.csv"),
          "--test",
          folder.resolve("public.csv"),
          "--label",
          "label",
          "--units",
          600,
          "--epsilon",
          4,
          "--delta",
          1e-5,
          "--ledger",
          CommandRun.ledger(folder),
          "--dataset",
          "ward",
          "--out",
          out,
          "--json"
        },
        more);
  }

  /**
   * The head alone, with the layer before it, or with the whole encoder, on the sequence's first
   * position or the pool.
   */
  @ParameterizedTest
  @CsvSource({
    "output_1, head, 2",
    "output_0, head, 2",
    "output_1, last:1, 2",
    "output_1, last:2, 4",
    "output_1, all, 25"
  })
  void isFineTunedWithAHead(String output, String train, int tensors) throws IOException {
    Path out = folder.resolve(output + train.replace(':', '-'));
    CommandRun run =
        CommandRun.succeeding(
            finetune(
                out, "--output", output, "--head", "linear:2", "--train", train, "--rounds", 2));
    JsonNode summary = run.json();
    assertTrue(summary.path("aurocBefore").asDouble() > 0.6, run.out());
    assertEquals(0, CommandRun.of("verify", out).exitCode());

    ModelOptions options = ModelOptions.defaults().withTrained(TrainableSelection.parse(train));
    ModelFile base = ModelFile.load(out.resolve("base.onnx"), options);
    ModelFile tuned = ModelFile.load(out.resolve("model.onnx"), options);
    assertNotEquals(base.sha256(), tuned.sha256());
    assertArrayEquals(
        base.bytes(),
        tuned.withParameters(base.parameterValues()).bytes(),
        "the rest, to the byte");
    List<String> names = base.parameters().stream().map(ParameterInfo::name).toList();
    assertTrue(names.contains("quietune.head.weight"), names::toString);
    assertEquals(tensors, names.size(), names::toString);
    assertEquals(3 * LENGTH, base.inputColumns().size());

    // ONNX Runtime on the file alone, which needs no flag any more.
    CommandRun measured =
        CommandRun.succeeding(
            "evaluate",
            "--model",
            out.resolve("model.onnx"),
            "--data",
            folder.resolve("public.csv"),
            "--label",
            "label",
            "--json");
    assertEquals(
        summary.path("aurocAfter").asDouble(), measured.json().path("auroc").asDouble(), 1e-9);
  }

  /** Killed with SIGKILL before, at and after a release, and while the model is written. */
  @Test
  void aRunWithAHeadSurvivesKills() throws IOException, InterruptedException {
    Path out = folder.resolve("killed");
    Object[] command =
        finetune(
            out, "--output", "output_1", "--head", "linear:2", "--train", "last:2", "--rounds", 2);
    KillHarness killed = new KillHarness(CommandRun.ledger(folder), out, command);
    killed.kill("FILE_HALF_WRITTEN base.onnx");
    killed.kill("AFTER_CHARGE round-001");
    killed.kill("AFTER_STORE round-001");
    killed.kill("FILE_HALF_WRITTEN model.onnx");
    killed.finishAndCheck(2);
  }

  @Test
  void aKilledRunWithAHeadGoesOnFromItsOwnBase() throws IOException {
    Path out = folder.resolve("again");
    Object[] command =
        finetune(out, "--output", "output_1", "--head", "linear:2", "--train", "head");
    CommandRun.succeeding(command);
    byte[] model = Files.readAllBytes(out.resolve("model.onnx"));
    // As after a kill before the model was written: the releases stand, the rest is done again.
    for (String file : List.of("model.onnx", "certificate.json", "report.html", "base.onnx")) {
      Files.delete(out.resolve(file));
    }
    CommandRun.succeeding("finetune", "--resume", out);
    assertArrayEquals(model, Files.readAllBytes(out.resolve("model.onnx")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--output output_9 --head linear:2 | output_9",
        "--head linear:2 | exactly one float32 tensor",
        "--output output_1 --head mlp | expected linear:K",
        "--output output_1 --dims | --dims"
      })
  void whatIsWrongIsSaidBeforeAnythingIsWritten(String flags, String message) {
    Path out = folder.resolve("refused");
    CommandRun run =
        CommandRun.of(CommandRun.with(finetune(out), (Object[]) flags.strip().split(" ")));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(message.strip()), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void dimensionsAndColumnsHaveToFit() {
    Path out = folder.resolve("refused");
    Object[] good = finetune(out, "--output", "output_1", "--head", "linear:2");
    CommandRun unknown = CommandRun.of(CommandRun.changed(good, "--dims", "length=16"));
    assertEquals(2, unknown.exitCode());
    assertTrue(unknown.err().contains("sequence"), unknown.err());
    CommandRun longer = CommandRun.of(CommandRun.changed(good, "--dims", "sequence=20"));
    assertTrue(longer.err().contains("reads 20 columns"), longer.err());
    CommandRun fewer = CommandRun.of(CommandRun.changed(good, "--inputs", "input_ids=id_*"));
    assertTrue(fewer.err().contains("attention_mask"), fewer.err());
    assertFalse(Files.exists(out));
  }
}
