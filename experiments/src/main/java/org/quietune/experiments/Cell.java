package org.quietune.experiments;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One cell of a results table: a method under a budget, over noise seeds.
 *
 * @param metrics by name, one value per seed
 * @param passes over the private records in the first seed's run
 * @param settings what was chosen, in words, in the same run
 * @param seconds to run all seeds side by side, without tuning
 * @param trials what was tried to choose the settings; empty where nothing was tuned
 */
public record Cell(
    Label label,
    @JsonAnyGetter @JsonAnySetter Map<String, List<Double>> metrics,
    int passes,
    String settings,
    double seconds,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Trial> trials) {

  public Cell {
    metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
    trials = List.copyOf(Objects.requireNonNullElse(trials, List.of()));
  }

  /** A cell whose settings were not tuned. */
  public Cell(
      Label label, Map<String, List<Double>> metrics, int passes, String settings, double seconds) {
    this(label, metrics, passes, settings, seconds, List.of());
  }

  /**
   * What a cell is about.
   *
   * @param model the architecture, and what else sets one table apart from the others
   * @param method the method's name
   * @param epsilon the budget; zero where nothing is spent or claimed
   */
  public record Label(String model, String method, double epsilon) {

    /** A cell without a budget. */
    public Label(String model, String method) {
      this(model, method, 0);
    }

    @Override
    public String toString() {
      return model + " " + method + " epsilon " + epsilon;
    }
  }

  /**
   * A member of a tuning grid, tried on one noise seed.
   *
   * @param member the method in all its parameters, by which it is found again; empty in cells of
   *     older versions
   * @param settings what its run chose, in words
   * @param score on the metric that the grid's best was chosen by
   */
  public record Trial(
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String member,
      String settings,
      int passes,
      double score) {
    public Trial {
      member = Objects.requireNonNullElse(member, "");
    }
  }

  /** A cell of which nothing has been run. */
  static Cell begun(Label label) {
    return new Cell(label, Map.of(), 0, "", 0);
  }

  /** The same with one more member of the grid tried. */
  Cell with(Trial trial) {
    List<Trial> tried = new ArrayList<>(trials);
    tried.add(trial);
    return new Cell(label, metrics, passes, settings, seconds, tried);
  }

  /**
   * The same with one more seed.
   *
   * @param more one value for every metric
   * @param took seconds
   */
  Cell with(Map<String, Double> more, int itsPasses, String itsSettings, double took) {
    Map<String, List<Double>> values = new TreeMap<>();
    more.forEach(
        (name, value) -> {
          List<Double> all = new ArrayList<>(metrics.getOrDefault(name, List.of()));
          all.add(value);
          values.put(name, all);
        });
    boolean isFirst = metrics.isEmpty();
    return new Cell(
        label,
        values,
        isFirst ? itsPasses : passes,
        isFirst ? itsSettings : settings,
        seconds + took,
        trials);
  }

  /** The trial of a member of the grid, where it has been tried. */
  Optional<Trial> trial(String member) {
    return trials.stream().filter(trial -> trial.member().equals(member)).findFirst();
  }

  /** Seeds that have been run. */
  int seeds() {
    return metrics.values().stream().mapToInt(List::size).findFirst().orElse(0);
  }

  /** A metric's values, one per seed. */
  public List<Double> values(String metric) {
    return Objects.requireNonNull(
        metrics.get(metric), () -> "no metric " + metric + " in " + label);
  }

  /** The mean of a metric over the seeds. */
  public double mean(String metric) {
    return mean(values(metric));
  }

  /** The mean of {@code values}. */
  public static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** The sample standard deviation of {@code values}; zero for a single one. */
  public static double deviation(List<Double> values) {
    if (values.size() < 2) {
      return 0;
    }
    double mean = mean(values);
    double squared = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squared / (values.size() - 1));
  }
}
