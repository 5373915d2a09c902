package org.quietune.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.DataFile;
import org.quietune.data.InvalidDataException;
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
      "A run that was interrupted goes on with --resume DIR: what was released is not paid again.",
      "Example:",
      "  quietune finetune --model base.onnx --public public.csv --private ward.csv \\",
      "      --label died --unit patient_id --epsilon 1 --delta 1e-5 --out run1",
      "The same, with the settings of gradient descent selected on the private records:",
      "  quietune finetune --model base.onnx --public public.csv --private ward.csv \\",
      "      --label died --unit patient_id --epsilon 1 --delta 1e-5 --mechanism dp-gd \\",
      "      --tune --tune-runs 10 --out run2"
    })
final class FinetuneCommand implements Callable<Integer> {
  private static final int STANDARD_RUNS = 10;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LabelOption label = new LabelOption();
  @Mixin private final LossOption loss = new LossOption();
  @Mixin private final ForeignModelOptions foreign = new ForeignModelOptions();
  @Mixin private final LedgerOption ledger = new LedgerOption();

  @Option(names = "--model", paramLabel = "M.onnx", description = "pretrained model")
  private @Nullable String model;

  @Option(
      names = "--public",
      paramLabel = "PUB",
      description =
          "public labelled table (CSV, CSV.gz, Parquet) or images (idx:IMAGES,LABELS, a folder):"
              + " curvature and clip come from it")
  private @Nullable String publicData;

  @Option(
      names = "--private",
      paramLabel = "PRIV",
      description = "private labelled table or images, of the same kind")
  private @Nullable String privateData;

  @Option(
      names = "--unit",
      paramLabel = "COL",
      description = "column that names the privacy unit (default: each record is one)")
  private @Nullable String unit;

  @Option(names = "--epsilon", paramLabel = "E", description = "positive")
  private @Nullable Double epsilon;

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
      names = "--tune",
      description =
          "select the mechanism's settings on the private records: the best of a secret number of"
              + " runs, all of them paid from the same epsilon and delta. Such a run cannot be"
              + " resumed, and how long it takes must stay as secret as the records")
  private boolean tune;

  @Option(
      names = "--tune-runs",
      paramLabel = "MEAN",
      description = "mean number of runs, from 1 to 1024 (default: " + STANDARD_RUNS + ")")
  private @Nullable Double tuneRuns;

  @Option(
      names = "--mechanism",
      paramLabel = "NAME",
      defaultValue = "qem",
      converter = Mechanism.Converter.class,
      description =
          "qem, the quadratic exponential mechanism with normal noise; pure, the one on a ball with"
              + " delta = 0; or a method to compare with: dp-sgd, dp-adam, dp-gd, dp-gd-augmented, dp-kfc, head-only,"
              + " lora-xs, bitfit, isotropic, output-perturbation, objective-perturbation, ada-ssp (default: ${DEFAULT-VALUE})")
  private Mechanism mechanism = Mechanism.QEM;

  @Option(
      names = "--train",
      paramLabel = "WHAT",
      description =
          "all, head, last:N layers, or names of tensors separated by commas; what lies in front of"
              + " them is computed once per record (default: all)")
  private @Nullable String train;

  @Option(
      names = "--subspace",
      paramLabel = "KIND",
      description =
          "identity, kronecker:R, kronecker-svd:R, gaussian:K, srht:K or principal:K (default: by"
              + " the numbers of parameters and outputs)")
  private @Nullable String subspace;

  @Option(
      names = "--curvature",
      paramLabel = "KIND",
      description =
          "dense, lowrank:R, kfac, ekfac or diagonal (default: by the number of directions)")
  private @Nullable String curvature;

  @Option(
      names = "--curvature-data",
      paramLabel = "X",
      description =
          "public inputs that curvature is computed on, a table or images; labels are not read and"
              + " may be missing (default: --public)")
  private @Nullable String curvatureData;

  @Option(
      names = "--augmentation",
      paramLabel = "auto|none",
      description =
          "whether gradients of private images may be averaged over slightly turned, scaled and"
              + " shifted copies, which costs time and no privacy; none where such a change makes"
              + " another thing of an image (default: auto)")
  private @Nullable String augmentation;

  @Option(
      names = "--public-pull",
      paramLabel = "WEIGHT",
      description =
          "weight of public records' gradients beside the mean over private ones, with qem on large"
              + " classifiers of three and more classes: more keeps what the model knew, less follows"
              + " the private records; costs no privacy (default: 0.1, or 1 where a class has hardly a public record)")
  private @Nullable Double publicPull;

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

  @Option(names = "--out", paramLabel = "DIR", description = "folder to write")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description =
          "go on with the run in DIR; it knows its options, of which --private, --public, --test,"
              + " --curvature-data, --ledger and --sign may be named again where files have moved, and --epsilon may"
              + " be raised where a crash has cost a spend")
  private @Nullable Path resume;

  @Option(
      names = "--sign",
      paramLabel = "KEY",
      description = "private key that signs the certificate: quietune keygen makes one")
  private @Nullable String sign;

  @Override
  public Integer call() throws Exception {
    Flags flags = new Flags(spec);
    if (epsilon != null) {
      flags.positive("--epsilon", epsilon);
    }
    return resume == null ? start(flags) : resume(flags, resume);
  }

  private int start(Flags flags) throws IOException {
    flags.requireGiven("--model", "--public", "--private", "--epsilon", "--out");
    double target = Objects.requireNonNull(epsilon);
    double targetDelta = targetDelta(flags, target);
    if (units != null) {
      flags.atLeastOne("--units", units);
    }
    flags.atLeastOne("--records-per-unit", recordsPerUnit);
    LedgerLocation location = ledger.location();
    DataFile publicFile = DataFile.of(Objects.requireNonNull(publicData));
    DataFile privateFile = DataFile.of(Objects.requireNonNull(privateData));
    DataFile testFile = test == null ? publicFile : DataFile.of(test);
    LossChoice lossChoice = loss.of(flags);
    TrainingOptions training =
        flags.accepts(
            () ->
                new TrainingOptions(
                    RunOptions.given(train),
                    RunOptions.given(subspace),
                    RunOptions.given(curvature),
                    lossChoice,
                    RunOptions.given(curvatureData),
                    RunOptions.given(augmentation),
                    publicPull),
            "");
    RunOptions options =
        new RunOptions(
            Objects.requireNonNull(model),
            publicFile.name(),
            privateFile.name(),
            RunOptions.given(test),
            label.of(flags, publicFile, privateFile, testFile),
            RunOptions.given(unit),
            units == null ? 0 : units,
            recordsPerUnit,
            target,
            targetDelta,
            relation,
            mechanism.flag(),
            rounds.isEmpty() ? RoundsConverter.AUTO : Integer.toString(rounds.getAsInt()),
            tunedRuns(flags),
            training,
            foreign.of(flags),
            location.withoutSecrets(),
            dataset == null ? privateFile.location() : dataset,
            RunOptions.given(sign),
            "");
    flags.accepts(options::requireSense, "");
    RunFolder folder = new RunFolder(Objects.requireNonNull(out));
    print(flags, new FinetuneJob(options, location, folder).start().summary());
    return 0;
  }

  private int resume(Flags flags, Path directory) throws IOException {
    flags.refuseBeside(
        "--resume",
        "--private",
        "--public",
        "--test",
        "--curvature-data",
        "--ledger",
        "--sign",
        "--epsilon",
        "--json");
    RunFolder folder = new RunFolder(directory);
    RunFile.requireIn(folder);
    print(flags, folder.alone(() -> resumeAlone(folder)));
    return 0;
  }

  private Map<String, Object> resumeAlone(RunFolder folder) throws IOException {
    RunFile file = RunFile.read(folder);
    RunOptions options =
        file.options()
            .at(
                RunOptions.given(publicData),
                RunOptions.given(privateData),
                RunOptions.given(test),
                RunOptions.given(curvatureData),
                RunOptions.given(sign));
    FinetuneJob job = new FinetuneJob(options, location(options), folder);
    if (folder.isFinished()) {
      System.err.println(
          "quietune: the run in " + folder.path() + " is finished: nothing to do, nothing spent");
      return job.finished();
    }
    return job.resume(file, epsilon == null ? options.epsilon() : epsilon).summary();
  }

  private LedgerLocation location(RunOptions options) {
    if (!options.ledger().isEmpty() && !ledger.isGiven()) {
      return LedgerLocation.of(Path.of(options.ledger()));
    }
    LedgerLocation location = ledger.location();
    if (!ledger.isGiven() && !location.withoutSecrets().isEmpty()) {
      throw new InvalidDataException(
          "the run's ledger is a database, of which no address is kept: name it with --ledger");
    }
    return location;
  }

  private void print(Flags flags, Map<String, Object> summary) {
    json.print(flags.commandLine().getOut(), summary);
  }

  private double tunedRuns(Flags flags) {
    flags.require(tune || tuneRuns == null, "--tune-runs belongs to --tune");
    if (!tune) {
      return 0;
    }
    double mean = tuneRuns == null ? STANDARD_RUNS : tuneRuns;
    flags.require(mean >= 1 && mean <= 1024, "--tune-runs must be from 1 to 1024: " + mean);
    return mean;
  }

  private double targetDelta(Flags flags, double target) {
    if (mechanism.isPure()) {
      flags.require(
          delta == null || delta == 0,
          "--delta must be 0 or left out with --mechanism pure, whose guarantee has none: "
              + delta);
      flags.accepts(() -> PureBudget.of(target, relation), "--epsilon: ");
      return 0;
    }
    flags.requireGiven("--delta");
    double given = Objects.requireNonNull(delta);
    flags.delta(given);
    return given;
  }
}
