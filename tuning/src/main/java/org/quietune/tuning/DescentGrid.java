package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A grid of {@link DpDescent}: every pass plan with every preconditioning, clip multiple and update
 * rule; the first of each list makes the standard setting. Step sizes are for gradients at full
 * length; {@link UpdateRule#forClip} lengthens them where the clip shortens gradients, so that a
 * low clip is not confused with a slow descent.
 */
record DescentGrid(
    String name,
    TrainedPart part,
    List<Preconditioning> preconditionings,
    List<Passes> passes,
    List<Double> clipMultiples,
    List<UpdateRule> rules) {

  /** Rounds over all units (q = 1) or over Poisson samples of them. */
  record Passes(int rounds, double samplingProbability) {
    static List<Passes> full(int... rounds) {
      List<Passes> passes = new ArrayList<>();
      for (int t : rounds) {
        passes.add(new Passes(t, 1));
      }
      return passes;
    }

    @Override
    public String toString() {
      return samplingProbability == 1 ? "T=" + rounds : "T=" + rounds + " q=" + samplingProbability;
    }
  }

  /** Gradient descent rules; with momentum the step is shortened to go as far in the end. */
  static List<UpdateRule> descents(double momentum, double... stepSizes) {
    List<UpdateRule> rules = new ArrayList<>();
    for (double step : stepSizes) {
      rules.add(new UpdateRule.Momentum(step * (1 - momentum), momentum));
    }
    return rules;
  }

  TuningGrid grid() {
    List<FineTuningMethod> methods = new ArrayList<>();
    for (Passes plan : passes) {
      for (Preconditioning preconditioning : preconditionings) {
        for (double clip : clipMultiples) {
          for (UpdateRule rule : rules) {
            methods.add(
                new DpDescent(
                    name,
                    part,
                    preconditioning,
                    plan.rounds(),
                    plan.samplingProbability(),
                    clip,
                    rule.forClip(clip)));
          }
        }
      }
    }
    return new TuningGrid(methods, describe());
  }

  private String describe() {
    return "passes "
        + passes
        + ", preconditioning "
        + preconditionings
        + ", clip norm "
        + clipMultiples
        + " × median public norm, "
        + rules.stream().map(UpdateRule::inWords).collect(Collectors.joining(", "))
        + "; step sizes of gradient descent over min(1, clip multiple)";
  }
}
