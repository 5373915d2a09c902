package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TuningGridTest {
  private static final FineTuningMethod SHORT = step(1);
  private static final FineTuningMethod LONG = step(2);
  private static final FineTuningMethod LONGER = step(3);
  private static final FineTuningMethod LONGEST = step(4);

  private static DpDescent step(double size) {
    return SmallTask.descent(3, 1, size);
  }

  private static final TuningGrid GRID =
      new TuningGrid(
          List.of(SHORT, LONG),
          List.of(
              new TuningGrid.Extension(List.of(LONG), List.of(LONGER)),
              new TuningGrid.Extension(List.of(LONGER), List.of(LONGEST))),
          "test",
          "");

  /** Every member that is tried when each has a score. */
  private static List<FineTuningMethod> tried(
      TuningGrid grid, ToDoubleFunction<FineTuningMethod> score) {
    List<FineTuningMethod> tried = new ArrayList<>();
    List<FineTuningMethod> next = grid.next(tried, List.of());
    while (!next.isEmpty()) {
      tried.addAll(next);
      next = grid.next(tried, tried.stream().map(score::applyAsDouble).toList());
    }
    return tried;
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "2, 3", "3, 4", "4, 4"})
  void whatLiesBeyondAnEdgeIsTriedWhileTheBestIsThere(int best, int count) {
    List<FineTuningMethod> all = List.of(SHORT, LONG, LONGER, LONGEST);
    assertEquals(
        all.subList(0, count), tried(GRID, method -> -Math.abs(all.indexOf(method) + 1 - best)));
  }

  /** A grid may have an edge on either side; only the one that the best lies at is passed. */
  @ParameterizedTest
  @CsvSource({"1, 2 3 1", "2, 2 3 1", "3, 2 3 4", "4, 2 3 4"})
  void eachEdgeIsPassedByItself(int best, String expected) {
    List<FineTuningMethod> all = List.of(SHORT, LONG, LONGER, LONGEST);
    TuningGrid grid =
        TuningGrid.widening(
            List.of(2.0, 3.0),
            List.of(List.of(2.0, 1.0), List.of(3.0, 4.0)),
            sizes ->
                new TuningGrid(
                    sizes.stream().map(size -> (FineTuningMethod) step(size)).toList(), "sizes"));
    List<FineTuningMethod> tried = tried(grid, method -> -Math.abs(all.indexOf(method) + 1 - best));
    assertEquals("sizes", grid.description());
    assertEquals(
        "while the best is at 2.0, on to [1.0]; while the best is at 3.0, on to [4.0]",
        grid.beyond());
    assertEquals(
        expected,
        tried.stream()
            .map(method -> String.valueOf(all.indexOf(method) + 1))
            .collect(Collectors.joining(" ")));
  }

  /** Of two that are as good the first counts, so that nothing is tried for nothing. */
  @Test
  void aTieIsNoReasonToGoOn() {
    assertEquals(List.of(SHORT, LONG), tried(GRID, method -> 1));
  }

  @Test
  void aGridNeedsAMember() {
    assertThrows(IllegalArgumentException.class, () -> new TuningGrid(List.of(), "none"));
  }

  /** Longer paths go on to the last extension, shorter ones never leave the first members. */
  @ParameterizedTest
  @EnumSource(names = "ADA_SSP", mode = EnumSource.Mode.EXCLUDE)
  void gridsOfImagesGoBeyondTheirLongestPath(Baseline baseline) {
    TuningGrid grid = baseline.imageGrid();
    List<FineTuningMethod> all = tried(grid, TuningGridTest::length);
    assertEquals(
        grid.methods().size() + grid.extensions().stream().mapToInt(e -> e.methods().size()).sum(),
        all.size());
    assertEquals(new HashSet<>(all).size(), all.size(), "a member stands twice");
    assertEquals(grid.methods(), tried(grid, method -> -length(method)));
    if (baseline != Baseline.OBJECTIVE_PERTURBATION) {
      assertEquals(4, grid.extensions().size());
      double longest = grid.methods().stream().mapToDouble(TuningGridTest::length).max().orElse(0);
      double last = all.stream().mapToDouble(TuningGridTest::length).max().orElse(0);
      assertEquals(81 * longest, last, 1e-9 * last);
      assertTrue(grid.beyond().contains("while the best is at"), baseline.flag());
    }
  }

  /** How far all steps of a run go together, in units of the rule. */
  private static double length(FineTuningMethod method) {
    DpDescent descent = (DpDescent) method;
    if (descent.rule() instanceof UpdateRule.PerClip rule) {
      return rule.stepSize() * descent.rounds() / (1 - rule.momentum());
    }
    return descent.rule() instanceof UpdateRule.Adam adam ? adam.stepSize() : 0;
  }
}
