package org.quietune.model;

/** Adam (Kingma and Ba 2015) with the paper's constants, on one parameter vector. */
final class Adam {
  private static final double FIRST_DECAY = 0.9;
  private static final double SECOND_DECAY = 0.999;
  private static final double FLOOR = 1e-8;

  private final double learningRate;
  private final double[] first;
  private final double[] second;
  private int steps;

  Adam(int size, double learningRate) {
    this.learningRate = learningRate;
    this.first = new double[size];
    this.second = new double[size];
  }

  /** Moves θ in place by one step. */
  void step(double[] theta, double[] gradient) {
    steps++;
    double firstCorrection = 1 - Math.pow(FIRST_DECAY, steps);
    double secondCorrection = 1 - Math.pow(SECOND_DECAY, steps);
    for (int i = 0; i < theta.length; i++) {
      first[i] = FIRST_DECAY * first[i] + (1 - FIRST_DECAY) * gradient[i];
      second[i] = SECOND_DECAY * second[i] + (1 - SECOND_DECAY) * gradient[i] * gradient[i];
      theta[i] -=
          learningRate
              * (first[i] / firstCorrection)
              / (Math.sqrt(second[i] / secondCorrection) + FLOOR);
    }
  }
}
