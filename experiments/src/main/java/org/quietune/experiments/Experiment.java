package org.quietune.experiments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Tables of methods, budgets and numbers of private records on published data. */
public interface Experiment {
  /** δ of every private cell that is not pure; the relation is add-or-remove-one. */
  double DELTA = 1e-5;

  /** Its tables, in their order. */
  List<Sheet> sheets();

  /** Cells of lower rank are run first, so that what is there when a run stops tells the most. */
  int rank(Coordinate coordinate);

  /**
   * What its report says besides the cells.
   *
   * @param seeds noise seeds per cell
   */
  ReportContents contents(int seeds);

  /**
   * Data, models and benches, made when they are needed.
   *
   * @param lines told of long work
   */
  Benches benches(int seeds, int threads, Consumer<String> lines) throws IOException;

  /** Where the cells of the tables are run. */
  interface Benches extends AutoCloseable {
    /** The bench of a table. */
    Bench of(Sheet sheet) throws IOException;

    /** The model that knows the private records. */
    Cell nonPrivate(Sheet sheet, Cell.Label label) throws IOException;

    @Override
    void close();
  }

  /** Every cell of a private method, in the order in which they are run. */
  default List<Coordinate> coordinates() {
    List<Coordinate> all = new ArrayList<>();
    for (double epsilon : budgets()) {
      for (Sheet sheet : sheets()) {
        if (sheet.budgets().contains(epsilon)) {
          sheet.rows().forEach(row -> all.add(new Coordinate(sheet, row, epsilon)));
        }
      }
    }
    all.sort(Comparator.comparingInt(this::rank));
    return all;
  }

  /** The names of its tasks. */
  default List<String> groups() {
    return distinct(Sheet::group);
  }

  /** The numbers of private records. */
  default List<Integer> units() {
    return distinct(Sheet::units).stream().sorted().toList();
  }

  /** The names of its private methods. */
  default List<String> methods() {
    return sheets().stream().flatMap(sheet -> sheet.names().stream()).distinct().toList();
  }

  /** Its budgets, from small to large. */
  default List<Double> epsilons() {
    return budgets().stream().sorted().toList();
  }

  private List<Double> budgets() {
    return sheets().stream().flatMap(sheet -> sheet.budgets().stream()).distinct().toList();
  }

  private <T> List<T> distinct(Function<Sheet, T> of) {
    return sheets().stream().map(of).distinct().toList();
  }
}
