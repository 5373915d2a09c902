package org.quietune.tuning;

import java.util.Map;

/** How a noisy mean gradient becomes a step. Post-processing: it costs no privacy. */
public sealed interface UpdateRule {

  /** The rule's memory during one run. */
  @FunctionalInterface
  interface Memory {
    /** What is subtracted from the parameters for the next noisy mean gradient. */
    double[] step(double[] gradient);
  }

  /**
   * Starts a run.
   *
   * @param clipNorm of the gradients that are summed
   */
  Memory start(int dimension, double clipNorm);

  /**
   * The same rule for gradients whose clip norm is a multiple of the usual length: where a low clip
   * shortens them, steps that are proportional to them are lengthened in proportion.
   */
  UpdateRule forClip(double clipMultiple);

  /** The rule's parameters, for the certificate. */
  Map<String, Object> describe();

  /** The rule in a few words. */
  String inWords();

  /**
   * Gradient descent with heavy-ball momentum: {@code v ← βv + g}, step {@code ηv}.
   *
   * @param stepSize η, positive
   * @param momentum β in [0, 1)
   */
  record Momentum(double stepSize, double momentum) implements UpdateRule {

    public Momentum {
      requirePositive("stepSize", stepSize);
      requireMomentum(momentum);
    }

    @Override
    public Memory start(int dimension, double clipNorm) {
      double[] velocity = new double[dimension];
      return gradient -> {
        double[] step = new double[dimension];
        for (int j = 0; j < dimension; j++) {
          velocity[j] = momentum * velocity[j] + gradient[j];
          step[j] = stepSize * velocity[j];
        }
        return step;
      };
    }

    @Override
    public Momentum forClip(double clipMultiple) {
      return new Momentum(stepSize / Math.min(1, clipMultiple), momentum);
    }

    @Override
    public Map<String, Object> describe() {
      return Map.of("rule", "gradient descent", "stepSize", stepSize, "momentum", momentum);
    }

    @Override
    public String inWords() {
      return momentum == 0
          ? "step %.3g".formatted(stepSize)
          : "step %.3g with momentum %.2g".formatted(stepSize, momentum);
    }
  }

  /**
   * Gradient descent with momentum on gradients over their clip norm: a step's length does not
   * depend on the clip norm, as that of normalized gradients. With C the clip norm {@code v ← βv +
   * g/C}, step {@code ηv}, at most {@code η/(1−β)} long but for the noise.
   *
   * @param stepSize η, positive
   * @param momentum β in [0, 1)
   */
  record PerClip(double stepSize, double momentum) implements UpdateRule {

    public PerClip {
      requirePositive("stepSize", stepSize);
      requireMomentum(momentum);
    }

    /** Steps that together are at most {@code length} long, but for the noise. */
    public static PerClip ofPath(double length, int rounds, double momentum) {
      return new PerClip(length / rounds * (1 - momentum), momentum);
    }

    @Override
    public Memory start(int dimension, double clipNorm) {
      return new Momentum(stepSize / clipNorm, momentum).start(dimension, clipNorm);
    }

    /** Its steps do not depend on the gradients' scale. */
    @Override
    public PerClip forClip(double clipMultiple) {
      return this;
    }

    @Override
    public Map<String, Object> describe() {
      return Map.of(
          "rule", "gradient descent per clip norm", "stepSize", stepSize, "momentum", momentum);
    }

    @Override
    public String inWords() {
      return "step of %.3g clip norms with momentum %.2g".formatted(stepSize, momentum);
    }
  }

  /**
   * Adam (Kingma and Ba 2015, Algorithm 1): moments with decay .9 and .999, corrected for their
   * start at zero, ε = 1e-8.
   *
   * @param stepSize α, positive: about how far a parameter moves in one step
   */
  record Adam(double stepSize) implements UpdateRule {
    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.999;
    private static final double SMALL = 1e-8;

    public Adam {
      requirePositive("stepSize", stepSize);
    }

    @Override
    public Memory start(int dimension, double clipNorm) {
      return new Memory() {
        private final double[] first = new double[dimension];
        private final double[] second = new double[dimension];
        private int steps;

        @Override
        public double[] step(double[] gradient) {
          steps++;
          double firstMass = 1 - StrictMath.pow(FIRST_DECAY, steps);
          double secondMass = 1 - StrictMath.pow(SECOND_DECAY, steps);
          double[] step = new double[dimension];
          for (int j = 0; j < dimension; j++) {
            double g = gradient[j];
            first[j] = FIRST_DECAY * first[j] + (1 - FIRST_DECAY) * g;
            second[j] = SECOND_DECAY * second[j] + (1 - SECOND_DECAY) * g * g;
            step[j] =
                stepSize * (first[j] / firstMass) / (Math.sqrt(second[j] / secondMass) + SMALL);
          }
          return step;
        }
      };
    }

    /** Adam's steps do not depend on the gradients' scale. */
    @Override
    public Adam forClip(double clipMultiple) {
      return this;
    }

    @Override
    public Map<String, Object> describe() {
      return Map.of("rule", "adam", "stepSize", stepSize);
    }

    @Override
    public String inWords() {
      return "Adam %.3g".formatted(stepSize);
    }
  }

  private static void requireMomentum(double momentum) {
    if (!(momentum >= 0) || !(momentum < 1)) {
      throw new IllegalArgumentException("momentum must lie in [0, 1): " + momentum);
    }
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || !(value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be positive and finite: " + value);
    }
  }
}
