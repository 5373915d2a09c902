package org.quietune.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.InvalidDataException;
import org.quietune.data.PrivateTable;
import org.quietune.release.Ledger;
import org.quietune.tuning.PublicTraining;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The main job on an embedded default, from nothing to a report, without network. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description = "Runs the main job on a generated data set: pretrain, fine-tune, report.",
    footer = {
      "",
      "Examples:",
      "  quietune quickstart --out my-first-run",
      "  quietune quickstart --data digits --out images"
    })
final class QuickstartCommand implements Callable<Integer> {
  /** Marks a folder as this command's own, so that it may be replaced. */
  private static final String MARKER = "generated-by-quickstart.txt";

  /** All that this command ever writes besides a run's own files. */
  private static final Set<String> OWN_FILES =
      Set.of(MARKER, "data", "pretrained.onnx", "ledger.sqlite", "ledger.sqlite-journal");

  private static final NeighboringRelation RELATION = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final double EPSILON = 1;
  private static final double DELTA = 1e-5;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quietune-quickstart",
      description = "folder to write (default: ${DEFAULT-VALUE})")
  private Path out = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "WHAT",
      defaultValue = "wards",
      description =
          "wards, tables of two hospital wards (seconds), or digits, images for a convolutional"
              + " network (a minute or two) (default: ${DEFAULT-VALUE})")
  private QuickstartData sample = QuickstartData.WARDS;

  @Override
  public Integer call() throws Exception {
    PrintWriter print = new Flags(spec).commandLine().getOut();
    prepareFolder();
    QuickstartData.Files files = sample.write(out.resolve("data"));
    print.println(sample.note());
    print.flush();

    Path base = out.resolve("pretrained.onnx");
    try (Progress progress = Progress.start("Pretraining")) {
      PublicTraining.train(files.readPublic(), sample.architecture(), progress::fraction)
          .model()
          .save(base);
    }
    LedgerLocation ledger = LedgerLocation.of(out.resolve("ledger.sqlite"));
    RunOptions options = options(base, files, ledger);
    setBudget(ledger, options);
    FinetuneJob job = new FinetuneJob(options, ledger, new RunFolder(out));
    FinetuneJob.Outcome outcome = job.start();
    print(print, outcome);
    return 0;
  }

  private RunOptions options(Path base, QuickstartData.Files files, LedgerLocation ledger) {
    return new RunOptions(
        base.toString(),
        files.publicData(),
        files.privateData(),
        files.test(),
        files.labelColumn(),
        sample.unitColumn(),
        0,
        sample.recordsPerUnit(),
        EPSILON,
        DELTA,
        RELATION,
        Mechanism.QEM.flag(),
        RoundsConverter.AUTO,
        0,
        TrainingOptions.none(),
        ForeignModel.none(),
        ledger.withoutSecrets(),
        sample.dataset(),
        "",
        sample.note());
  }

  /** The run spends all of it: a second one on the same data would be refused. */
  private static void setBudget(LedgerLocation location, RunOptions options) {
    String unit = PrivateTable.privacyUnit(options.unitColumn());
    try (Ledger ledger = location.open()) {
      ledger.setBudget(new Ledger.Budget(options.dataset(), unit, RELATION, EPSILON, DELTA));
    }
  }

  private void print(PrintWriter print, FinetuneJob.Outcome outcome) {
    print.println();
    print.println(sample.measured());
    outcome
        .before()
        .ifPresent(m -> print.printf("  pretrained   %.3f%n", m.named().get("accuracy")));
    outcome
        .after()
        .ifPresent(m -> print.printf("  fine-tuned   %.3f%n", m.named().get("accuracy")));
    print.printf("Privacy, per %s%n", outcome.certificate().privacyUnit());
    print.printf("  epsilon      %.4f%n", outcome.certificate().epsilon());
    print.printf("  delta        %s%n", outcome.certificate().delta());
    print.println("Files");
    for (String file : List.of("model.onnx", "certificate.json", "report.html")) {
      print.println("  " + out.resolve(file));
    }
    print.flush();
  }

  /** Replaces an earlier quickstart; never touches a folder that holds anything else. */
  private void prepareFolder() throws IOException {
    if (Files.exists(out)) {
      refuseForeignFolder();
      try (Stream<Path> old = Files.walk(out)) {
        for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(out);
    Files.writeString(
        out.resolve(MARKER), "quietune quickstart made this folder and will replace it.\n");
  }

  private void refuseForeignFolder() throws IOException {
    if (!Files.isDirectory(out)) {
      throw new InvalidDataException(out + " is not a folder: choose another one for --out");
    }
    boolean own = Files.exists(out.resolve(MARKER));
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (!own || !(OWN_FILES.contains(name) || RunFolder.NAMES.contains(name))) {
          throw new InvalidDataException(
              "%s holds something that quickstart did not make (%s): choose another folder for --out"
                  .formatted(out, name));
        }
      }
    }
  }
}
