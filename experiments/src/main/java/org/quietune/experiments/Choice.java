package org.quietune.experiments;

import java.util.List;

/**
 * What to run of an experiment. An empty list stands for everything.
 *
 * @param groups of {@link Experiment#groups}
 * @param methods of {@link Experiment#methods}
 * @param units numbers of private records, of {@link Experiment#units}
 * @param epsilons of {@link Experiment#epsilons}
 * @param seeds noise seeds per cell, at least 2
 * @param threads runs side by side
 */
public record Choice(
    List<String> groups,
    List<String> methods,
    List<Integer> units,
    List<Double> epsilons,
    int seeds,
    int threads) {

  public Choice {
    groups = List.copyOf(groups);
    methods = List.copyOf(methods);
    units = List.copyOf(units);
    epsilons = List.copyOf(epsilons);
    if (seeds < 2) {
      throw new IllegalArgumentException("seeds must be at least 2: " + seeds);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1: " + threads);
    }
  }

  /** Whether the tables have any cell of it: not every table has every budget. */
  public boolean isIn(Experiment experiment) {
    return experiment.coordinates().stream().anyMatch(this::has);
  }

  boolean has(Coordinate coordinate) {
    Sheet sheet = coordinate.sheet();
    return (groups.isEmpty() || groups.contains(sheet.group()))
        && (methods.isEmpty() || methods.contains(coordinate.row().name()))
        && (units.isEmpty() || units.contains(sheet.units()))
        && (epsilons.isEmpty() || epsilons.contains(coordinate.epsilon()));
  }
}
