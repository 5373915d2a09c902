package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;

/**
 * Compact grids for networks on images. A pretrained network's gradients on public images have all
 * but vanished, and those of private ones are 100 to 10,000 times longer: clip norms are large
 * multiples of the public median, and steps go by the clip norm ({@link UpdateRule.PerClip}), so
 * that a low clip is not confused with a slow descent. Path lengths are of parameters, over all
 * rounds.
 */
final class ImageGrids {
  private static final List<Double> CLIPS = List.of(10.0, 3000.0);
  private static final List<Double> PATHS = List.of(6.0, 2.0, 18.0, 54.0);
  private static final List<Double> ONE_STEP_PATHS = List.of(1.0, 0.3, 3.0, 10.0);
  private static final List<Double> ADAM_STEPS = List.of(0.002, 0.0005, 0.008);
  private static final double MOMENTUM = 0.9;

  /** Where hardly any private gradient is shortened. */
  private static final double WIDEST_CLIP = 30_000;

  private ImageGrids() {}

  static TuningGrid fullBatch(String name, TrainedPart part) {
    return descents(
        name,
        part,
        List.of(Preconditioning.NONE),
        DescentGrid.Passes.full(60, 20),
        CLIPS,
        PATHS,
        List.of(MOMENTUM));
  }

  /**
   * Copies cost up to eight times the gradients, so the grid is smaller: with the clip at which
   * plain gradient descent was best in every cell that had been run.
   */
  static TuningGrid augmented(String name) {
    return descents(
            name,
            TrainedPart.ALL,
            List.of(Preconditioning.NONE),
            DescentGrid.Passes.full(20, 60),
            List.of(10.0),
            List.of(6.0, 18.0, 54.0),
            List.of(MOMENTUM))
        .aided(List.of(new PublicAid(true, 1), new PublicAid(true, 0)));
  }

  static TuningGrid sampled(String name) {
    return descents(
        name,
        TrainedPart.ALL,
        List.of(Preconditioning.NONE),
        List.of(new DescentGrid.Passes(60, 0.2), new DescentGrid.Passes(150, 0.1)),
        CLIPS,
        PATHS,
        List.of(MOMENTUM, 0.0));
  }

  static TuningGrid adam(String name) {
    return new DescentGrid(
            name,
            TrainedPart.ALL,
            List.of(Preconditioning.NONE),
            DescentGrid.Passes.full(60, 20),
            CLIPS,
            ADAM_STEPS.stream().map(step -> (UpdateRule) new UpdateRule.Adam(step)).toList())
        .grid();
  }

  static TuningGrid preconditioned(String name) {
    return descents(
        name,
        TrainedPart.CURVED,
        List.of(
            new Preconditioning(
                Preconditioning.Place.BEFORE_NOISE, Preconditioning.Inputs.PUBLIC, 1),
            new Preconditioning(
                Preconditioning.Place.BEFORE_NOISE, Preconditioning.Inputs.NOISE, 1)),
        DescentGrid.Passes.full(20, 5),
        CLIPS,
        PATHS,
        List.of(0.0));
  }

  static TuningGrid oneRelease(String name) {
    return descents(
        name,
        TrainedPart.ALL,
        List.of(Preconditioning.NONE),
        DescentGrid.Passes.full(1),
        CLIPS,
        ONE_STEP_PATHS,
        List.of(0.0));
  }

  static TuningGrid outputPerturbation(String name) {
    return descents(
        name,
        TrainedPart.CURVED,
        List.of(
            new Preconditioning(
                Preconditioning.Place.BEFORE_NOISE, Preconditioning.Inputs.PUBLIC, 1)),
        DescentGrid.Passes.full(1),
        CLIPS,
        ONE_STEP_PATHS,
        List.of(0.0));
  }

  /** Steps are multiples of Newton's, longer where the clip shortens gradients. */
  static TuningGrid objectivePerturbation(String name) {
    double[] steps = {1, 0.1, 0.3, 3};
    List<FineTuningMethod> methods = new ArrayList<>();
    for (double clip : List.of(WIDEST_CLIP, 3000.0)) {
      for (double step : steps) {
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
        "passes [T=1], clip norm [30000.0, 3000.0] × median public norm, Newton step"
            + " [1, 0.1, 0.3, 3] × 30000 / clip multiple, damping 1 × mean eigenvalue");
  }

  private static TuningGrid descents(
      String name,
      TrainedPart part,
      List<Preconditioning> preconditionings,
      List<DescentGrid.Passes> passes,
      List<Double> clips,
      List<Double> paths,
      List<Double> momenta) {
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
        "passes %s, preconditioning %s, clip norm %s × median public norm, path length %s, momentum %s"
            .formatted(passes, preconditionings, clips, paths, momenta));
  }
}
