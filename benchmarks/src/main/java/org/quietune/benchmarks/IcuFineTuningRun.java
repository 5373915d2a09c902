package org.quietune.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.stream.Stream;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.data.PrivateTable;
import org.quietune.data.PublicTable;
import org.quietune.data.icu.PhysioNet2012;
import org.quietune.data.icu.Stay;
import org.quietune.model.ModelFile;
import org.quietune.release.FolderSumStore;
import org.quietune.release.Ledger;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SqliteLedger;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.FineTuning;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PublicData;
import org.quietune.tuning.PublicTraining;
import org.quietune.tuning.QuadraticExponentialMechanism;
import org.quietune.tuning.RoundListener;

/**
 * One fine-tuning run as a user has it, in a fresh process: wall-clock time of each phase and peak
 * resident memory. Logistic regression on PhysioNet 2012, public ICU types 3 and 4 of sets a and b,
 * private types 1 and 2 of set a; automatic rounds, ε = 1, δ = 10⁻⁵, a stay is the unit. Spends go
 * to an SQLite ledger and sums to a folder, both made for the run and deleted after it; noise is
 * secure.
 */
public final class IcuFineTuningRun {
  private static final double EPSILON = 1;
  private static final double DELTA = 1e-5;

  private IcuFineTuningRun() {}

  /** Takes one argument: the folder with {@code set-a.zip}, {@code Outcomes-a.txt}, and so on. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: IcuFineTuningRun DIR   (DIR holds set-a.zip, Outcomes-a.txt, …)");
      System.exit(2);
    }
    run(Path.of(args[0]), System.out);
  }

  static void run(Path data, PrintStream out) throws IOException {
    Path work = Files.createTempDirectory("quietune-icu-run");
    try {
      run(data, work, out);
    } finally {
      delete(work);
    }
  }

  private static void run(Path data, Path work, PrintStream out) throws IOException {
    PhaseClock clock = new PhaseClock(out);

    List<Example> open = new ArrayList<>();
    List<Example> closed = new ArrayList<>();
    for (String set : List.of("a", "b")) {
      for (Stay stay : PhysioNet2012.read(data, set)) {
        if (stay.icuType() >= 3) {
          open.add(stay.example());
        } else if (set.equals("a")) {
          closed.add(stay.example());
        }
      }
    }
    PublicTable publicTable = PublicTable.of(PhysioNet2012.columns(), open);
    PrivateRecords<Example> records = PrivateTable.sealInMemory(closed);
    clock.endOf("read and featurize");

    Path modelFile = work.resolve("base.onnx");
    PublicTraining.train(publicTable, Architecture.logistic(), done -> {}).model().save(modelFile);
    clock.endOf("pretrain");

    FineTuning.Result result;
    try (Ledger ledger = SqliteLedger.open(work.resolve("ledger.sqlite"))) {
      ReleaseContext context =
          ReleaseContext.durable(
              ledger,
              "PhysioNet 2012",
              UUID.randomUUID().toString(),
              new FolderSumStore(work.resolve("sums")),
              Runtime.getRuntime().availableProcessors());
      result =
          FineTuning.run(request(modelFile, publicTable, records), context, RoundListener.silent());
    }
    result.model().save(work.resolve("model.onnx"));
    clock.endOf("fine-tune");

    clock.endOfRun();
    out.printf(
        Locale.ROOT,
        "%d public and %d private stays, %d releases%n",
        open.size(),
        closed.size(),
        result.releases().size());
  }

  private static FineTuning.Request request(
      Path modelFile, PublicTable publicTable, PrivateRecords<Example> records) throws IOException {
    ModelFile base = ModelFile.load(modelFile);
    return new FineTuning.Request(
        base,
        PublicData.of(publicTable.rows()),
        records,
        OptionalDouble.empty(),
        1,
        PrivacyBudget.of(EPSILON, DELTA, NeighboringRelation.ADD_OR_REMOVE_ONE),
        QuadraticExponentialMechanism.automatic());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException("cannot delete " + file, e);
                }
              });
    }
  }
}
