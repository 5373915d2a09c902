package org.quietune.experiments;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.geometry.Subspace;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.tuning.DpDescent;
import org.quietune.tuning.FineTuned;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.FineTuningTask;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.RoundListener;
import org.quietune.tuning.TuningGrid;

/**
 * One pretrained network and everything needed to run and score methods on it. Noise is seeded, so
 * no model of a bench carries a DP claim.
 */
public final class Bench implements AutoCloseable {
  /**
   * The metric that every cell of a private method has: processor time of this process for one run,
   * the same for every seed of a cell, since they run side by side.
   */
  public static final String CPU_SECONDS = "cpuSeconds";

  /** Tuning seeds lie apart from the seeds of the table. */
  private static final long TUNING_SEEDS = 1_000_000;

  /**
   * What is fine-tuned, on what.
   *
   * @param units number of private records, each a unit; public here, since the data is published
   * @param images what the records are images of, if they are any
   */
  public record Task(
      ModelFile pretrained,
      List<Example> publicData,
      PrivateRecords<Example> records,
      int units,
      Optional<ImageShape> images) {}

  /** Measures a model on test records. */
  @FunctionalInterface
  public interface Scorer {
    /** Metrics by name. */
    Map<String, Double> score(Network network, double[] theta);
  }

  /**
   * How cells are run.
   *
   * @param metric by which a grid's best is chosen, larger is better
   * @param seeds noise seeds per cell
   * @param threads runs side by side
   * @param finalists members of a grid that are compared again after a first seed
   * @param finalRuns on how many other seeds; with none, the first seed decides
   */
  public record Plan(String metric, int seeds, int threads, int finalists, int finalRuns) {}

  /** The best of a grid, and the first seed's score of every member in the order of the grid. */
  public record Tuned(FineTuningMethod method, List<Cell.Trial> trials) {}

  private record Scored(FineTuningMethod method, FineTuned run, double score) {}

  private final Task task;
  private final Scorer scorer;
  private final Plan plan;
  private final Network network;
  private final RowwiseNetwork rowwise;
  private final Map<String, Subspace> subspaces = new ConcurrentHashMap<>();
  private final ExecutorService pool;

  public Bench(Task task, Scorer scorer, Plan plan) {
    // Runs go side by side, so each keeps to one thread.
    Network.setThreads(1);
    this.task = task;
    this.scorer = scorer;
    this.plan = plan;
    this.network = Network.of(task.pretrained());
    this.rowwise = RowwiseNetwork.of(task.pretrained());
    this.pool = Executors.newFixedThreadPool(plan.threads());
  }

  /** The published private records, for the non-private row. */
  public List<Example> readWithoutPrivacy() {
    List<Example> examples = new ArrayList<>();
    try (var cursor =
        task.records().openWithoutPrivacy(InsecureAccess.forPublishedDataOnly()).open()) {
      while (cursor.advance()) {
        examples.add(cursor.record());
      }
    }
    return examples;
  }

  /** The pretrained model as it is; its settings tell it from all others. */
  public Cell pretrained(Cell.Label label) {
    return unspent(label, task.pretrained(), "model " + task.pretrained().sha256());
  }

  /** A model that spends no budget: one value per metric. */
  public Cell unspent(Cell.Label label, ModelFile model, String settings) {
    Map<String, List<Double>> metrics = new LinkedHashMap<>();
    try (Network scored = Network.of(model)) {
      scorer
          .score(scored, model.parameterValues())
          .forEach((name, value) -> metrics.put(name, List.of(value)));
    }
    return new Cell(label, metrics, 0, settings, 0);
  }

  /** A private method over the table's seeds. */
  public Cell cell(Cell.Label label, PrivacyBudget budget, FineTuningMethod method) {
    long start = System.nanoTime();
    double cpuStart = cpuSeconds();
    List<FineTuned> runs =
        inParallel(
            IntStream.range(0, plan.seeds())
                .mapToObj(seed -> (Callable<FineTuned>) () -> run(method, budget, seed))
                .toList());
    double cpuSeconds = (cpuSeconds() - cpuStart) / plan.seeds();
    double seconds = (System.nanoTime() - start) / 1e9;
    Map<String, List<Double>> metrics = new LinkedHashMap<>();
    for (FineTuned run : runs) {
      scorer
          .score(network, run.theta())
          .forEach(
              (name, value) -> metrics.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
    }
    metrics.put(CPU_SECONDS, Collections.nCopies(plan.seeds(), cpuSeconds));
    FineTuned first = runs.get(0);
    return new Cell(label, metrics, first.releases().size(), first.settings().toString(), seconds);
  }

  /** The best of a grid for this budget, over the table's seeds. */
  public Cell cell(Cell.Label label, PrivacyBudget budget, TuningGrid grid) {
    Tuned best = best(grid, budget);
    return cell(label, budget, best.method()).after(best.trials());
  }

  /**
   * The grid's best for this budget by the metric's mean on the test records, a favour that no user
   * has: all are screened on one seed, and the best of those are compared on more and other seeds
   * where the plan has any, so that luck does not choose.
   */
  public Tuned best(TuningGrid grid, PrivacyBudget budget) {
    List<Scored> screened = scored(grid.methods(), budget, TUNING_SEEDS, 1);
    List<Cell.Trial> trials =
        screened.stream()
            .map(
                s ->
                    new Cell.Trial(
                        s.run().settings().toString(), s.run().releases().size(), s.score()))
            .toList();
    List<FineTuningMethod> ranked = ranked(screened);
    if (plan.finalRuns() > 0) {
      List<FineTuningMethod> finalists =
          ranked.subList(0, Math.min(plan.finalists(), ranked.size()));
      ranked = ranked(scored(finalists, budget, TUNING_SEEDS + 1, plan.finalRuns()));
    }
    return new Tuned(ranked.get(0), trials);
  }

  private static List<FineTuningMethod> ranked(List<Scored> scored) {
    return scored.stream()
        .sorted(Comparator.comparingDouble((Scored s) -> -s.score()))
        .map(Scored::method)
        .toList();
  }

  private List<Scored> scored(
      List<FineTuningMethod> candidates, PrivacyBudget budget, long firstSeed, int runs) {
    List<Callable<Scored>> work = new ArrayList<>();
    for (FineTuningMethod candidate : candidates) {
      work.add(
          () -> {
            FineTuned first = run(candidate, budget, firstSeed);
            double score = score(first) / runs;
            for (int i = 1; i < runs; i++) {
              score += score(run(candidate, budget, firstSeed + i)) / runs;
            }
            return new Scored(candidate, first, score);
          });
    }
    return inParallel(work);
  }

  private double score(FineTuned run) {
    Double score = scorer.score(network, run.theta()).get(plan.metric());
    if (score == null) {
      throw new IllegalStateException("the scorer knows no metric " + plan.metric());
    }
    // A diverged model has no place at the top, wherever NaN would be sorted.
    return Double.isNaN(score) ? Double.NEGATIVE_INFINITY : score;
  }

  private FineTuned run(FineTuningMethod method, PrivacyBudget budget, long seed) {
    FineTuningTask request =
        new FineTuningTask(
                network,
                rowwise,
                task.pretrained().parameterValues(),
                task.publicData(),
                task.records(),
                task.units(),
                subspace(method),
                budget)
            .withImages(task.images());
    ReleaseContext context =
        ReleaseContext.seeded(seed, 1, InsecureRandomness.acknowledgeNoPrivacy());
    return method.run(request, context, RoundListener.silent());
  }

  private static double cpuSeconds() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getProcessCpuTime() / 1e9;
  }

  private Subspace subspace(FineTuningMethod method) {
    String key = method instanceof DpDescent descent ? descent.part().name() : method.name();
    return subspaces.computeIfAbsent(
        key,
        name -> method.subspace(network, task.pretrained().parameterValues(), task.publicData()));
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
