package org.quietune.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.DataFile;
import org.quietune.tuning.Quality;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model in ONNX Runtime on labelled data. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Measures a model, as ONNX Runtime runs it, on labelled public or test data.",
    footer = {
      "",
      "The figures are no private release: evaluating on private data and publishing them",
      "reveals something about that data.",
      "Example:",
      "  quietune evaluate --model out/model.onnx --data test.parquet --label died --json"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LabelOption label = new LabelOption();

  @Option(
      names = "--loss",
      paramLabel = "LOSS",
      defaultValue = LossChoice.AUTO,
      description =
          "auto, cross-entropy, squared or huber:THRESHOLD: what the model predicts, classes or a"
              + " number (default: ${DEFAULT-VALUE})")
  private String loss = LossChoice.AUTO;

  @Option(names = "--model", required = true, paramLabel = "M.onnx", description = "the model")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "X",
      description =
          "labelled table (CSV, CSV.gz, Parquet)" + ", or images (idx:IMAGES,LABELS or a folder)")
  private String data = "";

  @Override
  public Integer call() throws Exception {
    Flags flags = new Flags(spec);
    DataFile file = DataFile.of(data);
    LossChoice choice = new LossChoice(loss, "");
    flags.accepts(choice::requireSense, "");
    Quality metrics = Evaluation.of(model, file, label.of(flags, file), choice);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("records", metrics.records());
    result.putAll(metrics.named());
    json.print(flags.commandLine().getOut(), result);
    return 0;
  }
}
