package org.quietune.tuning;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Compact grids for networks on images. A pretrained network's gradients on public images have all
 * but vanished, and those of private ones are 100 to 10,000 times longer: clip norms are large
 * multiples of the public median, and steps go by the clip norm ({@link UpdateRule.PerClip}), so
 * that a low clip is not confused with a slow descent. Path lengths are of parameters, over all
 * rounds. Where the longest path, or Adam's longest step, is the best, still longer ones are tried:
 * at large budgets the best path is thirty times as long as at small ones.
 */
final class ImageGrids {
  private static final List<Double> CLIPS = List.of(10.0, 3000.0);

  /** At which plain gradient descent was best in every cell that had been run. */
  private static final List<Double> BEST_CLIP = List.of(10.0);

  private static final List<Double> PATHS = List.of(6.0, 2.0, 18.0, 54.0);
  private static final List<Double> ONE_STEP_PATHS = List.of(1.0, 0.3, 3.0, 10.0);
  private static final List<Double> ADAM_STEPS = List.of(0.002, 0.0005, 0.008);
  private static final double MOMENTUM = 0.9;

  /** Public curvature all but vanishes too, and its inverse lengthens the noise. */
  private static final List<Double> NEWTON_STEPS =
      List.of(1e-6, 1e-8, 1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0);

  /** Times the longest path or step: from it on to ever longer ones. */
  private static final List<Double> BEYOND = List.of(1.0, 3.0, 9.0, 27.0, 81.0);

  /** Where hardly any private gradient is shortened. */
  private static final double WIDEST_CLIP = 30_000;

  private ImageGrids() {}

  static TuningGrid fullBatch(String name, TrainedPart part) {
    return new Descents(
            name,
            part,
            List.of(Preconditioning.NONE),
            DescentGrid.Passes.full(60, 20),
            CLIPS,
            List.of(MOMENTUM))
        .grid(PATHS);
  }

  /** Copies cost up to eight times the gradients, so the grid is smaller. */
  static TuningGrid augmented(String name) {
    return new Descents(
            name,
            TrainedPart.ALL,
            List.of(Preconditioning.NONE),
            DescentGrid.Passes.full(20, 60),
            BEST_CLIP,
            List.of(MOMENTUM))
        .grid(List.of(6.0, 18.0, 54.0))
        .aided(List.of(new PublicAid(true, 1), new PublicAid(true, 0)));
  }

  static TuningGrid sampled(String name) {
    return new Descents(
            name,
            TrainedPart.ALL,
            List.of(Preconditioning.NONE),
            List.of(new DescentGrid.Passes(60, 0.2), new DescentGrid.Passes(150, 0.1)),
            CLIPS,
            List.of(MOMENTUM, 0.0))
        .grid(PATHS);
  }

  static TuningGrid adam(String name) {
    return widening(
        ADAM_STEPS,
        steps ->
            new DescentGrid(
                    name,
                    TrainedPart.ALL,
                    List.of(Preconditioning.NONE),
                    DescentGrid.Passes.full(60, 20),
                    CLIPS,
                    steps.stream().map(step -> (UpdateRule) new UpdateRule.Adam(step)).toList())
                .grid());
  }

  /** Whitening costs as much as a gradient does, so the grid is smaller. */
  static TuningGrid preconditioned(String name) {
    return new Descents(
            name,
            TrainedPart.CURVED,
            Preconditioning.beforeNoise(),
            DescentGrid.Passes.full(20, 60),
            BEST_CLIP,
            List.of(0.0))
        .grid(List.of(6.0, 18.0, 54.0));
  }

  static TuningGrid oneRelease(String name) {
    return new Descents(
            name,
            TrainedPart.ALL,
            List.of(Preconditioning.NONE),
            DescentGrid.Passes.full(1),
            CLIPS,
            List.of(0.0))
        .grid(ONE_STEP_PATHS);
  }

  static TuningGrid outputPerturbation(String name) {
    return new Descents(
            name,
            TrainedPart.CURVED,
            List.of(
                new Preconditioning(
                    Preconditioning.Place.BEFORE_NOISE, Preconditioning.Inputs.PUBLIC, 1)),
            DescentGrid.Passes.full(1),
            CLIPS,
            List.of(0.0))
        .grid(ONE_STEP_PATHS);
  }

  /** Steps are multiples of Newton's, longer where the clip shortens gradients. */
  static TuningGrid objectivePerturbation(String name) {
    List<FineTuningMethod> methods = new ArrayList<>();
    for (double clip : List.of(WIDEST_CLIP, 3000.0)) {
      for (double step : NEWTON_STEPS) {
        methods.add(
            new DpDescent(
                name,
                TrainedPart.CURVED,
                new Preconditioning(
                    Preconditioning.Place.AFTER_NOISE, Preconditioning.Inputs.PUBLIC, 1),
                1,
                1,
                clip,
                new UpdateRule.Momentum(step * WIDEST_CLIP / clip, 0)));
      }
    }
    return new TuningGrid(
        methods,
        "passes [T=1], clip norm [30000.0, 3000.0] × median public norm, Newton step "
            + NEWTON_STEPS
            + " × 30000 / clip multiple, damping 1 × mean eigenvalue");
  }

  /** A grid that goes on beyond its largest value. */
  private static TuningGrid widening(List<Double> values, Function<List<Double>, TuningGrid> of) {
    double largest = Collections.max(values);
    List<Double> beyond = BEYOND.stream().map(factor -> largest * factor).toList();
    return TuningGrid.widening(values, List.of(beyond), of);
  }

  /** Descents along paths of chosen lengths. */
  private record Descents(
      String name,
      TrainedPart part,
      List<Preconditioning> preconditionings,
      List<DescentGrid.Passes> passes,
      List<Double> clips,
      List<Double> momenta) {

    TuningGrid grid(List<Double> paths) {
      return widening(paths, this::along);
    }

    private TuningGrid along(List<Double> paths) {
      List<FineTuningMethod> methods = new ArrayList<>();
      for (DescentGrid.Passes plan : passes) {
        List<UpdateRule> rules = new ArrayList<>();
        for (double momentum : momenta) {
          for (double path : paths) {
            rules.add(UpdateRule.PerClip.ofPath(path, plan.rounds(), momentum));
          }
        }
        methods.addAll(
            new DescentGrid(name, part, preconditionings, List.of(plan), clips, rules)
                .grid()
                .methods());
      }
      return new TuningGrid(
          methods,
          "passes %s, preconditioning %s, clip norm %s × median public norm, momentum %s, path length %s"
              .formatted(passes, preconditionings, clips, momenta, paths));
    }
  }
}
