package org.quietune.experiments;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.quietune.report.Series;
import org.quietune.report.Table;

/** Finished cells, and the tables and lines of a report that are made of them. */
public final class CellTables {
  /** Stands for a cell that has not been run. */
  public static final String ABSENT = "–";

  private final List<Cell> cells = new ArrayList<>();

  /**
   * How a method compares to another, paired over seeds.
   *
   * @param mean difference
   * @param error standard error of the mean
   */
  public record Difference(double mean, double error) {

    /** Of two cells with the same seeds. */
    public static Difference between(Cell one, Cell other, String metric) {
      List<Double> differences = new ArrayList<>();
      for (int i = 0; i < one.values(metric).size(); i++) {
        differences.add(one.values(metric).get(i) - other.values(metric).get(i));
      }
      return new Difference(
          Cell.mean(differences), Cell.deviation(differences) / Math.sqrt(differences.size()));
    }

    /** Below zero by more than one standard error. */
    public boolean isBehind() {
      return mean < -error;
    }

    /** Ahead, behind, or level: within one standard error. */
    public String verdict() {
      return isBehind() ? "behind" : mean > error ? "ahead" : "level";
    }

    @Override
    public String toString() {
      return "%+.4f ± %.4f".formatted(mean, error);
    }
  }

  /** Adds a finished cell. */
  public void add(Cell cell) {
    cells.add(cell);
  }

  /** The cell, where it has been run. */
  public Optional<Cell> find(String model, String method, double epsilon) {
    Cell.Label label = new Cell.Label(model, method, epsilon);
    return cells.stream().filter(cell -> cell.label().equals(label)).findFirst();
  }

  /** The cell with the best mean among those of {@code methods} that have been run. */
  public Optional<Cell> best(
      String model, Collection<String> methods, double epsilon, String metric) {
    return methods.stream()
        .flatMap(method -> find(model, method, epsilon).stream())
        .max((one, other) -> Double.compare(one.mean(metric), other.mean(metric)));
  }

  /** {@code ε = 0.5}, and so on, after a first column. */
  public static List<String> header(String first, Collection<Double> epsilons) {
    List<String> header = new ArrayList<>(List.of(first));
    epsilons.forEach(epsilon -> header.add("ε = " + plain(epsilon)));
    return header;
  }

  /** What a table says of a cell. */
  @FunctionalInterface
  public interface Entry {
    /** In a few words. */
    String of(Cell cell);
  }

  /**
   * Methods down, ε across.
   *
   * @param unspent methods without a budget, whose value stands in every column
   */
  public Table byEpsilon(
      String model,
      Collection<Double> epsilons,
      List<String> unspent,
      List<String> methods,
      Entry entry) {
    List<List<String>> rows = new ArrayList<>();
    for (String method : unspent) {
      rows.add(row(model, method, epsilons.stream().map(epsilon -> 0.0).toList(), entry));
    }
    for (String method : methods) {
      rows.add(row(model, method, epsilons, entry));
    }
    return new Table(header("method", epsilons), rows);
  }

  private List<String> row(String model, String method, Collection<Double> epsilons, Entry entry) {
    List<String> row = new ArrayList<>(List.of(method));
    for (double epsilon : epsilons) {
      row.add(find(model, method, epsilon).map(entry::of).orElse(ABSENT));
    }
    return row;
  }

  /** {@code mean ± standard deviation} of a metric over seeds. */
  public static Entry meanAndDeviation(String metric) {
    return cell -> {
      List<Double> values = cell.values(metric);
      return values.size() < 2
          ? "%.4f".formatted(Cell.mean(values))
          : "%.4f ± %.4f".formatted(Cell.mean(values), Cell.deviation(values));
    };
  }

  /** A line of a chart: the mean of a metric against ε, where there is a cell. */
  public Series series(
      String model, String method, Collection<Double> epsilons, String metric, boolean unspent) {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    List<Double> spread = new ArrayList<>();
    for (double epsilon : epsilons) {
      find(model, method, unspent ? 0 : epsilon)
          .ifPresent(
              cell -> {
                x.add(epsilon);
                y.add(cell.mean(metric));
                spread.add(Cell.deviation(cell.values(metric)));
              });
    }
    return new Series(method, array(x), array(y), array(spread));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(v -> v).toArray();
  }

  /** Every cell, with its settings. */
  public Table everything(List<String> metrics) {
    List<String> header = new ArrayList<>(List.of("model", "method", "epsilon"));
    for (String metric : metrics) {
      header.addAll(List.of(metric + "Mean", metric + "Sd"));
    }
    header.addAll(List.of("seeds", "passes", "settings", "seconds"));
    List<List<String>> rows = new ArrayList<>();
    for (Cell cell : cells) {
      Cell.Label label = cell.label();
      List<String> row = new ArrayList<>(List.of(label.model(), label.method()));
      row.add(label.epsilon() == 0 ? "" : plain(label.epsilon()));
      for (String metric : metrics) {
        boolean known = cell.metrics().containsKey(metric);
        row.add(known ? "%.5f".formatted(cell.mean(metric)) : "");
        row.add(known ? "%.5f".formatted(Cell.deviation(cell.values(metric))) : "");
      }
      row.add(Integer.toString(cell.values(metrics.get(0)).size()));
      row.add(Integer.toString(cell.passes()));
      row.add(cell.settings());
      row.add("%.1f".formatted(cell.seconds()));
      rows.add(row);
    }
    return new Table(header, rows);
  }

  /** The budgets at which any of the methods has been run, from small to large. */
  public List<Double> epsilons(String model, Collection<String> methods) {
    TreeSet<Double> epsilons = new TreeSet<>();
    for (Cell cell : cells) {
      Cell.Label label = cell.label();
      if (label.model().equals(model) && methods.contains(label.method()) && label.epsilon() > 0) {
        epsilons.add(label.epsilon());
      }
    }
    return List.copyOf(epsilons);
  }

  /** A budget without needless zeros. */
  public static String plain(double epsilon) {
    return epsilon == Math.rint(epsilon)
        ? Long.toString(Math.round(epsilon))
        : Double.toString(epsilon);
  }
}
