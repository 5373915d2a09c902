package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.model.ModelFile;

/**
 * Files of other tools, from file to file. The private records are labelled by a rule of their own,
 * which the run has to learn.
 */
class ForeignFilesTest {
  private static final Path FILES = Path.of("..", "model", "src", "test", "resources");
  private static final int ROWS = 1500;

  @TempDir Path folder;

  /** Columns of unit normals; the class is that of the largest of the first ones, or their sign. */
  private Path table(String name, int width, int classes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> lines = new ArrayList<>();
    StringBuilder header = new StringBuilder();
    for (int j = 0; j < width; j++) {
      header.append('c').append(j).append(',');
    }
    lines.add(header + "label");
    for (int i = 0; i < ROWS; i++) {
      StringBuilder line = new StringBuilder();
      double[] x = random.doubles(width).map(u -> 4 * u - 2).toArray();
      for (double value : x) {
        line.append(String.format(Locale.ROOT, "%.4f,", value));
      }
      int label = 0;
      for (int c = 1; c < classes; c++) {
        label = (classes == 2 ? x[0] + x[1] > 0 : x[c] > x[label]) ? c : label;
      }
      lines.add(line.toString() + label);
    }
    return SmallWards.write(folder.resolve(name), lines);
  }

  @ParameterizedTest
  @CsvSource({
    "sklearn/logistic, 4, 2, all",
    "sklearn/softmax, 4, 3, all",
    "sklearn/one-vs-rest, 4, 3, all",
    "sklearn/perceptron-2, 4, 2, head",
    "keras/mlp, 5, 3, all",
    "keras/lstm, 12, 3, head",
    "torch2/transformer-20, 40, 3, all"
  })
  void isFineTuned(String name, int width, int classes, String train) throws IOException {
    Path model = FILES.resolve(name + ".onnx");
    Path test = table("test.csv", width, classes, 2);
    Path out = folder.resolve("out");
    // A file that ends in logits cannot be measured as it is.
    boolean measurable = !name.startsWith("torch2");
    JsonNode summary =
        CommandRun.succeeding(
                CommandRun.with(
                    finetune(model, width, classes, out),
                    measurable ? "--test" : "--dataset",
                    measurable ? test : "ward",
                    "--loss",
                    "cross-entropy",
                    "--train",
                    train,
                    "--units",
                    ROWS,
                    "--json"))
            .json();
    assertEquals(0, CommandRun.of("verify", out).exitCode());
    ModelFile before = ModelFile.load(model);
    ModelFile after = ModelFile.load(out.resolve("model.onnx"));
    assertNotEquals(before.sha256(), after.sha256());
    assertArrayEquals(before.bytes(), after.withParameters(before.parameterValues()).bytes());
    if (measurable) {
      double accuracy = summary.path("accuracyAfter").asDouble();
      double loss = summary.path("lossAfter").asDouble();
      assertTrue(loss < summary.path("lossBefore").asDouble() - 0.01, summary::toString);
      assertEquals(
          accuracy, measured(out.resolve("model.onnx"), test).path("accuracy").asDouble(), 1e-12);
    }
  }

  /** As exporters write it that are not told which extent counts records. */
  @Test
  void aFileForOneRowIsOpenedWhereAsked() throws IOException {
    Path original = FILES.resolve("keras/mlp.onnx");
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(original)).toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    for (ValueInfoProto.Builder value :
        List.of(graph.getInputBuilder(0), graph.getOutputBuilder(0))) {
      value
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .getShapeBuilder()
          .getDimBuilder(0)
          .setDimValue(1);
    }
    Path fixed = Files.write(folder.resolve("fixed.onnx"), model.build().toByteArray());
    Path test = table("test.csv", 5, 3, 2);
    Path out = folder.resolve("out");
    Object[] finetune = finetune(fixed, 5, 3, out);
    CommandRun refused = CommandRun.of(finetune);
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("has a fixed number of rows (1)"), refused.err());
    assertTrue(refused.err().contains("--open-rows"), refused.err());
    CommandRun.succeeding(CommandRun.with(finetune, "--open-rows"));
    assertEquals(0, CommandRun.of("verify", out).exitCode());
    assertEquals(measured(original, test), measured(out.resolve("base.onnx"), test));
    assertNotEquals(measured(original, test), measured(out.resolve("model.onnx"), test));
  }

  /** The command with what every run needs. */
  private Object[] finetune(Path model, int width, int classes, Path out) throws IOException {
    return new Object[] {
      "finetune",
      "--model",
      model,
      "--public",
      table("public.csv", width, classes, 3),
      "--private",
      table("private.csv", width, classes, 1),
      "--label",
      "label",
      "--epsilon",
      8,
      "--delta",
      1e-5,
      "--ledger",
      CommandRun.ledger(folder),
      "--out",
      out
    };
  }

  private static JsonNode measured(Path model, Path test) throws IOException {
    return CommandRun.succeeding(
            "evaluate", "--model", model, "--data", test, "--label", "label", "--json")
        .json();
  }
}
