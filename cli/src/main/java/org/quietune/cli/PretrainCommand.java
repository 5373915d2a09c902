package org.quietune.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.DataFile;
import org.quietune.data.LabelDomain;
import org.quietune.data.PublicTable;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.PublicTraining;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model on public data, preprocessing included, and writes it as ONNX. */
@Command(
    name = "pretrain",
    mixinStandardHelpOptions = true,
    description = "Trains a model on public data and writes a self-contained ONNX file.",
    footer = {
      "",
      "Imputation, clamping and scaling are fitted on this data and become part of the model.",
      "Example:",
      "  quietune pretrain --data public.csv --label died --exclude patient_id \\",
      "      --arch mlp:64 --out base.onnx",
      "  quietune pretrain --data idx:images.gz,labels.gz --arch cnn --out cnn.onnx"
    })
final class PretrainCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LabelOption label = new LabelOption();
  @Mixin private final LossOption loss = new LossOption();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PUB",
      description =
          "public table (CSV, CSV.gz, Parquet), or images (idx:IMAGES,LABELS or a folder)")
  private String data = "";

  @Option(
      names = "--exclude",
      split = ",",
      paramLabel = "COL",
      description = "columns that are no features, separated by commas")
  private List<String> exclude = List.of();

  @Option(
      names = "--arch",
      defaultValue = "logistic",
      paramLabel = "ARCH",
      converter = ArchitectureConverter.class,
      description =
          "logistic, mlp:64, mlp:128:32, …, or for images cnn, cnn:wide, cnn:32:64:128"
              + " (default: ${DEFAULT-VALUE})")
  private Architecture architecture = Architecture.logistic();

  @Option(names = "--out", required = true, paramLabel = "M.onnx", description = "model to write")
  private Path out = Path.of("");

  @Override
  public Integer call() throws Exception {
    Flags flags = new Flags(spec);
    Path folder = out.toAbsolutePath().getParent();
    flags.require(
        folder != null && Files.isDirectory(folder) && !Files.isDirectory(out),
        "--out must be a file in a folder that exists: " + out);
    DataFile file = DataFile.of(data);
    LossChoice choice = loss.of(flags);
    String labelColumn = label.of(flags, file);
    Set<String> excluded = new LinkedHashSet<>(exclude);
    PublicTable numbers = PublicTable.read(file, labelColumn, excluded, LabelDomain.numbers());
    Loss minimized = choice.onPublic(ModelTable.labels(numbers));
    PublicTable table =
        minimized.isRegression() ? numbers : PublicTable.read(file, labelColumn, excluded);
    PublicTraining.Result result;
    try (Progress progress = Progress.start("Pretraining")) {
      result = PublicTraining.train(table, architecture, minimized, progress::fraction);
    }
    ModelFile model = result.model();
    model.save(out);
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("model", out.toString());
    summary.put("records", table.size());
    summary.put("inputs", model.inputWidth());
    summary.put("objective", minimized.text());
    if (!minimized.isRegression()) {
      summary.put("classes", model.classes());
    }
    summary.put("parameters", model.parameterCount());
    summary.putAll(result.holdout().named());
    json.print(flags.commandLine().getOut(), summary);
    return 0;
  }
}
