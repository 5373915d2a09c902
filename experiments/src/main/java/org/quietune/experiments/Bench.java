package org.quietune.experiments;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
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
import org.quietune.tuning.PublicData;
import org.quietune.tuning.RoundListener;
import org.quietune.tuning.TuningGrid;

/**
 * One pretrained network and everything needed to run and score methods on it. Noise is seeded, so
 * no model of a bench carries a DP claim.
 */
public final class Bench implements AutoCloseable {
  /**
   * The metric that every cell of a private method has: processor time of this process since the
   * seed before was done, so that the mean over seeds is that of a run.
   */
  public static final String CPU_SECONDS = "cpuSeconds";

  /** Tuning seeds lie apart from the seeds of the table. */
  private static final long TUNING_SEEDS = 1_000_000;

  /**
   * What is fine-tuned, on what.
   *
   * @param units number of private records, each a unit; public here, since the data is published
   */
  public record Task(
      ModelFile pretrained, PublicData publicData, PrivateRecords<Example> records, int units) {}

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

  /** A private method over the table's seeds, going on from those that are done. */
  public Cell cell(
      Cell.Label label, PrivacyBudget budget, FineTuningMethod method, Progress progress)
      throws IOException {
    return overSeeds(progress.done().orElse(Cell.begun(label)), budget, method, progress);
  }

  /**
   * The best of a grid for this budget, over the table's seeds, going on from what is done. Members
   * are found again by their parameters, so the grid may have changed meanwhile. The best is that
   * by the metric's mean on the test records, a favour that no user has: all are screened on one
   * seed, members beyond an edge too while the best lies there, and the best of those are compared
   * on more and other seeds where the plan has any, so that luck does not choose.
   */
  public Cell cell(Cell.Label label, PrivacyBudget budget, TuningGrid grid, Progress progress)
      throws IOException {
    Cell cell = progress.done().orElse(Cell.begun(label));
    List<FineTuningMethod> tried = new ArrayList<>();
    List<FineTuningMethod> next = grid.next(tried, List.of());
    while (!next.isEmpty()) {
      Cell known = cell;
      List<Callable<Cell.Trial>> work =
          next.stream()
              .filter(member -> known.trial(member.toString()).isEmpty())
              .map(member -> (Callable<Cell.Trial>) () -> trial(member, budget))
              .toList();
      for (Future<Cell.Trial> trial : submitted(work)) {
        cell = cell.with(result(trial));
        progress.keep(cell);
      }
      tried.addAll(next);
      next = grid.next(tried, scores(cell, tried));
    }
    return overSeeds(cell, budget, best(tried, scores(cell, tried), budget), progress);
  }

  private static List<Double> scores(Cell cell, List<FineTuningMethod> tried) {
    return tried.stream()
        .map(member -> cell.trial(member.toString()).orElseThrow().score())
        .toList();
  }

  private Cell overSeeds(
      Cell begun, PrivacyBudget budget, FineTuningMethod method, Progress progress)
      throws IOException {
    Cell cell = begun;
    List<Callable<FineTuned>> work =
        IntStream.range(cell.seeds(), plan.seeds())
            .mapToObj(seed -> (Callable<FineTuned>) () -> run(method, budget, seed))
            .toList();
    long start = System.nanoTime();
    double cpuStart = cpuSeconds();
    for (Future<FineTuned> future : submitted(work)) {
      FineTuned run = result(future);
      double seconds = (System.nanoTime() - start) / 1e9;
      double cpuSeconds = cpuSeconds() - cpuStart;
      Map<String, Double> metrics = new LinkedHashMap<>(scorer.score(network, run.theta()));
      metrics.put(CPU_SECONDS, cpuSeconds);
      cell = cell.with(metrics, run.releases().size(), run.settings().toString(), seconds);
      progress.keep(cell);
      start = System.nanoTime();
      cpuStart = cpuSeconds();
    }
    return cell;
  }

  private FineTuningMethod best(
      List<FineTuningMethod> members, List<Double> scores, PrivacyBudget budget) {
    List<FineTuningMethod> ranked = ranked(members, scores);
    if (plan.finalRuns() == 0) {
      return ranked.get(0);
    }
    List<FineTuningMethod> finalists = ranked.subList(0, Math.min(plan.finalists(), ranked.size()));
    List<Callable<Double>> work = new ArrayList<>();
    finalists.forEach(finalist -> work.add(() -> finalScore(finalist, budget)));
    List<Double> finals = submitted(work).stream().map(Bench::result).toList();
    return ranked(finalists, finals).get(0);
  }

  private Cell.Trial trial(FineTuningMethod member, PrivacyBudget budget) {
    FineTuned run = run(member, budget, TUNING_SEEDS);
    return new Cell.Trial(
        member.toString(), run.settings().toString(), run.releases().size(), score(run));
  }

  private double finalScore(FineTuningMethod finalist, PrivacyBudget budget) {
    double score = 0;
    for (int i = 1; i <= plan.finalRuns(); i++) {
      score += score(run(finalist, budget, TUNING_SEEDS + i)) / plan.finalRuns();
    }
    return score;
  }

  /** The best first; of equal ones the first stays before the other. */
  private static List<FineTuningMethod> ranked(
      List<FineTuningMethod> methods, List<Double> scores) {
    return IntStream.range(0, methods.size())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -scores.get(i)))
        .map(methods::get)
        .toList();
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
            budget);
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
        name ->
            method.subspace(
                network, task.pretrained().parameterValues(), task.publicData().labelled()));
  }

  /** Side by side, as many as there are threads. */
  private <T> List<Future<T>> submitted(List<Callable<T>> work) {
    return work.stream().map(pool::submit).toList();
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
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
