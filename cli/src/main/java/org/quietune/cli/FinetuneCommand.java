package org.quietune.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.DataFile;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PureBudget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The main job: a pretrained model and private records in, a private model out. */
@Command(
    name = "finetune",
    mixinStandardHelpOptions = true,
    description = "Fine-tunes a model on private records with differential privacy.",
    footer = {
      "",
      "DIR gets model.onnx, certificate.json, report.html and the noisy sums they rest on.",
      "Example:",
      "  quietune finetune --model base.onnx --public public.csv --private ward.csv \\",
      "      --label died --unit patient_id --epsilon 1 --delta 1e-5 --out run1"
    })
final class FinetuneCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LabelOption label = new LabelOption();
  @Mixin private final LedgerOption ledger = new LedgerOption();

  @Option(
      names = "--model",
      required = true,
      paramLabel = "M.onnx",
      description = "pretrained model")
  private Path model = Path.of("");

  @Option(
      names = "--public",
      required = true,
      paramLabel = "PUB",
      description =
          "public labelled table (CSV, CSV.gz, Parquet) or images (idx:IMAGES,LABELS, a folder):"
              + " curvature and clip come from it")
  private String publicData = "";

  @Option(
      names = "--private",
      required = true,
      paramLabel = "PRIV",
      description = "private labelled table or images, of the same kind")
  private String privateData = "";

  @Option(
      names = "--unit",
      paramLabel = "COL",
      description = "column that names the privacy unit (default: each record is one)")
  private @Nullable String unit;

  @Option(names = "--epsilon", required = true, paramLabel = "E", description = "positive")
  private double epsilon;

  @Option(
      names = "--delta",
      paramLabel = "D",
      description = "in (0, 1); 0, or left out, with --mechanism pure")
  private @Nullable Double delta;

  @Option(
      names = "--units",
      paramLabel = "N",
      description =
          "public nominal number of privacy units (default: a noisy count, for 1 %% of the budget)")
  private @Nullable Double units;

  @Option(
      names = "--records-per-unit",
      paramLabel = "R",
      defaultValue = "1",
      description = "public nominal number of records of a unit (default: ${DEFAULT-VALUE})")
  private double recordsPerUnit;

  @Option(
      names = "--adjacency",
      paramLabel = "RELATION",
      defaultValue = "add-remove",
      converter = AdjacencyConverter.class,
      description = "add-remove or replace-one (default: ${DEFAULT-VALUE})")
  private NeighboringRelation relation = NeighboringRelation.ADD_OR_REMOVE_ONE;

  @Option(
      names = "--rounds",
      paramLabel = "T",
      defaultValue = "auto",
      converter = RoundsConverter.class,
      description = "auto, or a number of releases; 1 is one-shot (default: ${DEFAULT-VALUE})")
  private OptionalInt rounds = OptionalInt.empty();

  @Option(
      names = "--mechanism",
      paramLabel = "NAME",
      defaultValue = "qem",
      converter = Mechanism.Converter.class,
      description =
          "qem, the quadratic exponential mechanism with normal noise; pure, the one on a ball with"
              + " delta = 0; or a method to compare with: dp-sgd, dp-adam, dp-gd, dp-kfc, head-only,"
              + " lora-xs, bitfit, isotropic, output-perturbation, objective-perturbation, ada-ssp (default: ${DEFAULT-VALUE})")
  private Mechanism mechanism = Mechanism.QEM;

  @Option(
      names = "--test",
      paramLabel = "X",
      description = "public labelled table on which to measure before and after")
  private @Nullable String test;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "name of the data set in the ledger (default: the private file's path)")
  private @Nullable String dataset;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to write")
  private Path out = Path.of("");

  @Override
  public Integer call() throws Exception {
    Flags flags = new Flags(spec);
    flags.positive("--epsilon", epsilon);
    double targetDelta = targetDelta(flags);
    if (units != null) {
      flags.atLeastOne("--units", units);
    }
    flags.atLeastOne("--records-per-unit", recordsPerUnit);
    DataFile publicFile = DataFile.of(publicData);
    DataFile privateFile = DataFile.of(privateData);
    Optional<DataFile> testFile = Optional.ofNullable(test).map(DataFile::of);
    FinetuneJob job =
        new FinetuneJob(
            model,
            publicFile,
            privateFile,
            testFile,
            label.of(flags, publicFile, privateFile, testFile.orElse(publicFile)),
            Optional.ofNullable(unit),
            units == null ? OptionalDouble.empty() : OptionalDouble.of(units),
            recordsPerUnit,
            epsilon,
            targetDelta,
            relation,
            method(flags, targetDelta),
            ledger.location(),
            dataset == null ? privateFile.location() : dataset,
            out,
            "");
    FinetuneJob.Outcome outcome = job.run();
    json.print(flags.commandLine().getOut(), outcome.summary());
    return 0;
  }

  private double targetDelta(Flags flags) {
    if (mechanism.isPure()) {
      flags.require(
          delta == null || delta == 0,
          "--delta must be 0 or left out with --mechanism pure, whose guarantee has none: "
              + delta);
      flags.accepts(() -> PureBudget.of(epsilon, relation), "--epsilon: ");
      return 0;
    }
    flags.require(delta != null, "Missing required option: '--delta=D'");
    double target = Objects.requireNonNull(delta);
    flags.delta(target);
    return target;
  }

  private FineTuningMethod method(Flags flags, double targetDelta) {
    return flags.accepts(
        () -> {
          FineTuningMethod method = mechanism.method(rounds);
          method.requireBudget(PrivacyBudget.of(epsilon, targetDelta, relation));
          return method;
        },
        "");
  }
}
