package org.quietune.experiments.icu;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.experiments.Cell;
import org.quietune.geometry.Subspace;
import org.quietune.model.Batch;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.Batches;
import org.quietune.tuning.DpDescent;
import org.quietune.tuning.FineTuned;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.FineTuningTask;
import org.quietune.tuning.Metrics;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PublicTraining;
import org.quietune.tuning.RoundListener;
import org.quietune.tuning.TuningGrid;

/** One pretrained network and everything needed to run and score methods on it. */
final class IcuBench implements AutoCloseable {
  /** Tuning seeds lie apart from the seeds of the table. */
  private static final long TUNING_SEEDS = 1_000_000;

  /** Candidates that are compared again, and on how many seeds. */
  private static final int FINALISTS = 5;

  private static final int FINAL_RUNS = 5;

  private record Scored(FineTuningMethod method, double onTest) {}

  private final IcuData data;
  private final Architecture architecture;
  private final int seeds;
  private final ModelFile pretrained;
  private final Network network;
  private final RowwiseNetwork rowwise;
  private final Batch test;
  private final Map<String, Subspace> subspaces = new ConcurrentHashMap<>();
  private final ExecutorService pool =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  private IcuBench(IcuData data, Architecture architecture, int seeds, ModelFile pretrained) {
    this.data = data;
    this.architecture = architecture;
    this.seeds = seeds;
    this.pretrained = pretrained;
    this.network = Network.of(pretrained);
    int width = network.inputWidth();
    this.rowwise = RowwiseNetwork.of(pretrained);
    this.test = Batches.of(data.test().rows(), width);
  }

  static IcuBench prepare(IcuData data, Architecture architecture, int seeds) {
    // Cells run side by side, so each keeps to one thread.
    Network.setThreads(1);
    ModelFile pretrained =
        PublicTraining.train(data.publicTable(), architecture, done -> {}).model();
    return new IcuBench(data, architecture, seeds, pretrained);
  }

  /** The published private stays, for the non-private row and for tuning at no charge. */
  private static List<Example> readWithoutPrivacy(PrivateRecords<Example> records) {
    List<Example> examples = new ArrayList<>();
    try (var cursor = records.openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open()) {
      while (cursor.advance()) {
        examples.add(cursor.record());
      }
    }
    return examples;
  }

  Cell pretrained(Cell.Label label) {
    return deterministic(label, pretrained.parameterValues(), "");
  }

  /** Trained like the pretrained model, on public and private records together. */
  Cell nonPrivate(Cell.Label label) {
    List<Example> pooled = new ArrayList<>(data.publicTable().rows());
    pooled.addAll(readWithoutPrivacy(data.privateRecords()));
    ModelFile model =
        PublicTraining.train(
                PublicTable.of(data.publicTable().columns(), pooled), architecture, done -> {})
            .model();
    try (Network pooledNetwork = Network.of(model)) {
      Metrics metrics = score(pooledNetwork, model.parameterValues(), test);
      return new Cell(
          label,
          List.of(metrics.auroc()),
          List.of(metrics.auprc()),
          0,
          "trained on public and private records together",
          0);
    }
  }

  private Cell deterministic(Cell.Label label, double[] theta, String settings) {
    Metrics metrics = score(network, theta, test);
    return new Cell(label, List.of(metrics.auroc()), List.of(metrics.auprc()), 0, settings, 0);
  }

  /** A private method over the table's seeds. */
  Cell cell(Cell.Label label, PrivacyBudget budget, FineTuningMethod method) {
    long start = System.nanoTime();
    List<FineTuned> runs =
        inParallel(
            IntStream.range(0, seeds)
                .mapToObj(seed -> (Callable<FineTuned>) () -> run(method, budget, seed))
                .toList());
    List<Metrics> metrics = runs.stream().map(run -> score(network, run.theta(), test)).toList();
    return new Cell(
        label,
        metrics.stream().map(Metrics::auroc).toList(),
        metrics.stream().map(Metrics::auprc).toList(),
        runs.get(0).releases().size(),
        runs.get(0).settings().toString(),
        (System.nanoTime() - start) / 1e9);
  }

  /**
   * The grid's best for this budget by the mean AUROC on the test records, a favour that no user
   * has: all are screened on one seed, and the best of those are compared on more and other seeds,
   * so that luck does not choose.
   */
  FineTuningMethod best(TuningGrid grid, PrivacyBudget budget) {
    List<FineTuningMethod> ranked = ranked(grid.methods(), budget, TUNING_SEEDS, 1);
    List<FineTuningMethod> finalists = ranked.subList(0, Math.min(FINALISTS, ranked.size()));
    return ranked(finalists, budget, TUNING_SEEDS + 1, FINAL_RUNS).get(0);
  }

  private List<FineTuningMethod> ranked(
      List<FineTuningMethod> candidates, PrivacyBudget budget, long firstSeed, int runs) {
    List<Callable<Scored>> work = new ArrayList<>();
    for (FineTuningMethod candidate : candidates) {
      work.add(
          () -> {
            double onTest = 0;
            for (int i = 0; i < runs; i++) {
              double[] theta = run(candidate, budget, firstSeed + i).theta();
              onTest += score(network, theta, test).auroc() / runs;
            }
            return new Scored(candidate, onTest);
          });
    }
    return inParallel(work).stream()
        .sorted(Comparator.comparingDouble((Scored scored) -> -scored.onTest()))
        .map(Scored::method)
        .toList();
  }

  private FineTuned run(FineTuningMethod method, PrivacyBudget budget, long seed) {
    FineTuningTask task =
        new FineTuningTask(
            network,
            rowwise,
            pretrained.parameterValues(),
            data.publicTable().rows(),
            data.privateRecords(),
            data.privateCount(),
            subspace(method),
            budget);
    ReleaseContext context =
        ReleaseContext.seeded(seed, 1, InsecureRandomness.acknowledgeNoPrivacy());
    return method.run(task, context, RoundListener.silent());
  }

  private Subspace subspace(FineTuningMethod method) {
    String key = method instanceof DpDescent descent ? descent.part().name() : method.name();
    return subspaces.computeIfAbsent(
        key,
        name -> method.subspace(network, pretrained.parameterValues(), data.publicTable().rows()));
  }

  private static Metrics score(Network network, double[] theta, Batch batch) {
    double[] logits = network.logits(theta, batch);
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + Math.exp(-logits[i])));
    }
    return Metrics.of(probabilities, batch.labels());
  }

  private <T> List<T> inParallel(Collection<Callable<T>> work) {
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> future : pool.invokeAll(work)) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a run failed", e.getCause());
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
    network.close();
  }
}
