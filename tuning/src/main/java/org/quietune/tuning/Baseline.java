package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The methods that the quadratic exponential mechanism is measured against, each with the grid over
 * which it is tuned and a standard setting for who does not tune. All get the same model, records
 * and budget, and all release through the same door.
 */
public enum Baseline {
  /** DP-SGD on Poisson samples, plain and with momentum (Abadi et al. 2016). */
  DP_SGD("dp-sgd"),

  /** DP-Adam, over all units and on Poisson samples. */
  DP_ADAM("dp-adam"),

  /** Full-batch gradient descent with exact Gaussian DP, plain and with momentum. */
  DP_GD("dp-gd"),

  /**
   * The same over mildly changed copies of images, and with public records' gradients: what
   * automatic QEM takes from public data, without its curvature.
   */
  DP_GD_AUGMENTED("dp-gd-augmented"),

  /** Gradients preconditioned by the inverse curvature before the clip, as DP-KFC does. */
  DP_KFC("dp-kfc"),

  /** The last layer only. */
  HEAD_ONLY("head-only"),

  /** Cores between the singular vectors of the pretrained weights (LoRA-XS). */
  LORA_XS("lora-xs"),

  /** Biases only (DP-BiTFiT). */
  BITFIT("bitfit"),

  /** One isotropic release: the quadratic utility with H = I. */
  ISOTROPIC("isotropic"),

  /** Noise on the minimizer of the public quadratic model of the loss. */
  OUTPUT_PERTURBATION("output-perturbation"),

  /** Noise in the objective, of the same model. */
  OBJECTIVE_PERTURBATION("objective-perturbation"),

  /** Least squares from noisy sufficient statistics (AdaSSP). */
  ADA_SSP("ada-ssp");

  private final String flag;

  Baseline(String flag) {
    this.flag = flag;
  }

  /** The name on the command line. */
  public String flag() {
    return flag;
  }

  /** What it is tuned over. */
  public TuningGrid grid() {
    return switch (this) {
      case DP_SGD -> Grids.sampled(flag);
      case DP_ADAM -> Grids.adam(flag);
      case DP_GD -> Grids.fullBatch(flag, TrainedPart.ALL);
      case DP_GD_AUGMENTED -> Grids.augmented(flag);
      case DP_KFC -> Grids.preconditioned(flag);
      case HEAD_ONLY -> Grids.fullBatch(flag, TrainedPart.HEAD);
      case LORA_XS -> Grids.fullBatch(flag, TrainedPart.SINGULAR_CORES);
      case BITFIT -> Grids.fullBatch(flag, TrainedPart.BIASES);
      case ISOTROPIC -> Grids.oneRelease(flag);
      case OUTPUT_PERTURBATION -> Grids.perturbed(flag, Preconditioning.Place.BEFORE_NOISE);
      case OBJECTIVE_PERTURBATION -> Grids.perturbed(flag, Preconditioning.Place.AFTER_NOISE);
      case ADA_SSP -> Grids.statistics();
    };
  }

  /**
   * A compact grid for a network on images of several classes.
   *
   * @throws IllegalArgumentException where the method takes one logit only
   */
  public TuningGrid imageGrid() {
    return switch (this) {
      case DP_SGD -> ImageGrids.sampled(flag);
      case DP_ADAM -> ImageGrids.adam(flag);
      case DP_GD -> ImageGrids.fullBatch(flag, TrainedPart.ALL);
      case DP_GD_AUGMENTED -> ImageGrids.augmented(flag);
      case DP_KFC -> ImageGrids.preconditioned(flag);
      case HEAD_ONLY -> ImageGrids.fullBatch(flag, TrainedPart.HEAD);
      case LORA_XS -> ImageGrids.fullBatch(flag, TrainedPart.SINGULAR_CORES);
      case BITFIT -> ImageGrids.fullBatch(flag, TrainedPart.BIASES);
      case ISOTROPIC -> ImageGrids.oneRelease(flag);
      case OUTPUT_PERTURBATION -> ImageGrids.outputPerturbation(flag);
      case OBJECTIVE_PERTURBATION -> ImageGrids.objectivePerturbation(flag);
      case ADA_SSP -> throw new IllegalArgumentException(flag + " is for models with one logit");
    };
  }

  /**
   * The standard setting.
   *
   * @param rounds as asked for; the standard number where empty
   * @throws IllegalArgumentException where the method has no such number of rounds
   */
  public FineTuningMethod method(OptionalInt rounds) {
    FineTuningMethod standard = grid().standard();
    if (rounds.isEmpty()) {
      return standard;
    }
    if (isOneShot() || !(standard instanceof DpDescent descent)) {
      throw new IllegalArgumentException(
          "--rounds cannot be chosen with --mechanism " + flag + ", which has a fixed number");
    }
    return descent.ofRounds(rounds.getAsInt());
  }

  private boolean isOneShot() {
    return this == ISOTROPIC || this == OUTPUT_PERTURBATION || this == OBJECTIVE_PERTURBATION;
  }

  /** The grids; a value is code, so that a table can say what it is the best of. */
  private static final class Grids {
    private static final List<Double> CLIPS = List.of(1.0, 0.1, 0.3, 3.0, 10.0, 20.0);
    private static final List<Double> FEWER_CLIPS = List.of(1.0, 0.3, 3.0, 10.0);
    private static final double[] STEPS = {0.1, 0.01, 0.03, 0.3, 1};
    private static final double MOMENTUM = 0.9;

    static TuningGrid sampled(String name) {
      return new DescentGrid(
              name,
              TrainedPart.ALL,
              List.of(Preconditioning.NONE),
              List.of(
                  new DescentGrid.Passes(60, 0.1),
                  new DescentGrid.Passes(200, 0.1),
                  new DescentGrid.Passes(60, 0.4)),
              FEWER_CLIPS,
              descents(STEPS))
          .grid();
    }

    static TuningGrid adam(String name) {
      return new DescentGrid(
              name,
              TrainedPart.ALL,
              List.of(Preconditioning.NONE),
              List.of(
                  new DescentGrid.Passes(60, 1),
                  new DescentGrid.Passes(20, 1),
                  new DescentGrid.Passes(60, 0.4),
                  new DescentGrid.Passes(200, 0.1)),
              FEWER_CLIPS,
              List.of(
                  new UpdateRule.Adam(0.003),
                  new UpdateRule.Adam(0.0003),
                  new UpdateRule.Adam(0.001),
                  new UpdateRule.Adam(0.01),
                  new UpdateRule.Adam(0.03)))
          .grid();
    }

    static TuningGrid fullBatch(String name, TrainedPart part) {
      return new DescentGrid(
              name,
              part,
              List.of(Preconditioning.NONE),
              DescentGrid.Passes.full(20, 5, 60),
              CLIPS,
              descents(STEPS))
          .grid();
    }

    /** Tables have no copies, so public gradients are all that is added. */
    static TuningGrid augmented(String name) {
      return fullBatch(name, TrainedPart.ALL).aided(List.of(new PublicAid(true, 1)));
    }

    static TuningGrid preconditioned(String name) {
      return new DescentGrid(
              name,
              TrainedPart.CURVED,
              Preconditioning.beforeNoise(),
              DescentGrid.Passes.full(5, 1, 20),
              List.of(1.0, 0.1, 0.3, 3.0),
              DescentGrid.descents(0, 0.3, 0.03, 0.1, 1))
          .grid();
    }

    static TuningGrid oneRelease(String name) {
      return new DescentGrid(
              name,
              TrainedPart.ALL,
              List.of(Preconditioning.NONE),
              DescentGrid.Passes.full(1),
              CLIPS,
              DescentGrid.descents(0, 1, 0.01, 0.03, 0.1, 0.3, 3, 10))
          .grid();
    }

    static TuningGrid perturbed(String name, Preconditioning.Place place) {
      return TuningGrid.widening(
          List.of(1.0, 0.1, 0.3, 3.0),
          List.of(List.of(0.1, 0.03, 0.01), List.of(3.0, 10.0, 30.0)),
          dampings ->
              new DescentGrid(
                      name,
                      TrainedPart.CURVED,
                      dampings.stream()
                          .map(d -> new Preconditioning(place, Preconditioning.Inputs.PUBLIC, d))
                          .toList(),
                      DescentGrid.Passes.full(1),
                      CLIPS,
                      DescentGrid.descents(0, 1, 0.1, 0.3, 3))
                  .grid());
    }

    static TuningGrid statistics() {
      List<FineTuningMethod> methods = new ArrayList<>();
      for (double clip : new double[] {1, 0.3, 3, 10}) {
        for (double damping : new double[] {1, 0.1, 0.3, 3}) {
          for (double step : new double[] {1, 0.3}) {
            methods.add(new NoisySufficientStatistics(clip, damping, step));
          }
        }
      }
      return new TuningGrid(
          methods,
          "clip norms [0.3, 1, 3, 10] × median public norms, ridge [0.1, 0.3, 1, 3] × the noise's"
              + " expected spectral norm, step size [0.3, 1]");
    }

    private static List<UpdateRule> descents(double[] stepSizes) {
      return Stream.concat(
              DescentGrid.descents(0, stepSizes).stream(),
              DescentGrid.descents(MOMENTUM, stepSizes).stream())
          .toList();
    }
  }
}
