package org.quietune.model;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;

/**
 * Plain training on PUBLIC data, from the parameters in the network's file. It has no privacy
 * protection of any kind: never give it private records.
 *
 * <p>Minimizes mean loss + ½λ‖weights‖², once for each candidate λ, and keeps the θ with the
 * smallest mean loss on the public hold-out. A network with a single trained weight (logistic or
 * softmax regression) is a convex problem: it is solved to convergence by full-batch L-BFGS in
 * float64, from strong to weak penalties, each starting at the last solution, and then with the
 * chosen λ once more on all records, those held out among them. Any other network: mini-batches of
 * 256 in a seeded order, Adam at 0.001, early stopping on the hold-out, which it therefore cannot
 * train on.
 *
 * <p>Deterministic: the same inputs give the same θ on the same kind of CPU.
 */
public final class Pretraining {
  private static final int BATCH_SIZE = 256;
  private static final double LEARNING_RATE = 1e-3;

  /**
   * Gradient of the mean loss below which a convex fit has converged: far below float32's rounding
   * of θ.
   */
  private static final double TOLERANCE = 1e-7;

  private final Network network;
  private final PretrainingSettings settings;
  private final Consumer<PretrainingProgress> progress;
  private final boolean[] penalized;
  private double[] best;
  private double bestPenalty;
  private double bestLoss = Double.POSITIVE_INFINITY;

  private Pretraining(
      Network network, PretrainingSettings settings, Consumer<PretrainingProgress> progress) {
    this.network = network;
    this.settings = settings;
    this.progress = progress;
    this.best = network.parameterValues();
    this.penalized = new boolean[network.parameterCount()];
    for (ParameterInfo parameter : network.parameters()) {
      Arrays.fill(
          penalized,
          parameter.offset(),
          parameter.offset() + parameter.size(),
          parameter.role() == ParameterInfo.Role.WEIGHT);
    }
  }

  /**
   * What came out.
   *
   * @param theta fitted parameters
   * @param judged parameters that the hold-out can judge, since they were fitted apart from it but
   *     for the choice among candidates; {@code theta} itself where nothing was fitted after that
   */
  public record Fit(double[] theta, double[] judged) {}

  /**
   * Fits θ.
   *
   * @param network what to fit; its file's θ is the start
   * @param train public records
   * @param validation public records apart from {@code train}
   * @param settings the search
   * @param progress told after every epoch, on the calling thread
   * @throws IllegalArgumentException when the loss on either batch is not a finite number at the
   *     start, as with a label that is no class index
   */
  public static Fit fit(
      Network network,
      Batch train,
      Batch validation,
      PretrainingSettings settings,
      Consumer<PretrainingProgress> progress) {
    requireFiniteLoss(network, "train", train);
    requireFiniteLoss(network, "validation", validation);
    Pretraining run = new Pretraining(network, settings, progress);
    if (network.isLinear()) {
      return run.fitConvex(train, validation);
    }
    run.fitByMiniBatches(train, validation);
    return new Fit(run.best, run.best);
  }

  private Fit fitConvex(Batch train, Batch validation) {
    List<Double> strongestFirst =
        settings.penalties().stream().sorted(Comparator.reverseOrder()).toList();
    try (Network exact = network.inDoublePrecision();
        Network.Bound trainData = exact.bind(train);
        Network.Bound validationData = exact.bind(validation)) {
      double[] theta = network.parameterValues();
      for (int i = 0; i < strongestFirst.size(); i++) {
        double penalty = strongestFirst.get(i);
        int candidate = i + 1;
        theta =
            converged(
                trainData::lossAndGradient,
                penalty,
                theta,
                (x, iteration) -> report(candidate, iteration, validationData.loss(x)));
        keepIfBest(theta, penalty, validationData.loss(theta));
      }
      double share = (double) train.size() / (train.size() + validation.size());
      double[] onAll =
          converged(
              (x, gradient) -> mean(share, trainData, validationData, x, gradient),
              bestPenalty,
              best,
              (x, iteration) -> report(candidates(), iteration, bestLoss));
      return new Fit(onAll, best);
    }
  }

  private double[] converged(
      Lbfgs.Objective meanLoss,
      double penalty,
      double[] start,
      ObjIntConsumer<double[]> onIteration) {
    return Lbfgs.minimize(
        (x, gradient) -> penalize(penalty, x, gradient, meanLoss.evaluate(x, gradient)),
        start,
        settings.maxEpochs(),
        TOLERANCE,
        onIteration);
  }

  /** Mean loss and its gradient over two batches, of which the first has this share of records. */
  private static double mean(
      double share, Network.Bound first, Network.Bound second, double[] theta, double[] gradient) {
    double[] other = new double[gradient.length];
    double loss =
        share * first.lossAndGradient(theta, gradient)
            + (1 - share) * second.lossAndGradient(theta, other);
    for (int j = 0; j < gradient.length; j++) {
      gradient[j] = share * gradient[j] + (1 - share) * other[j];
    }
    return loss;
  }

  private void fitByMiniBatches(Batch train, Batch validation) {
    for (int i = 0; i < settings.penalties().size(); i++) {
      double penalty = settings.penalties().get(i);
      double[] theta = network.parameterValues();
      Adam adam = new Adam(theta.length, LEARNING_RATE);
      SplitMix64 random = new SplitMix64(settings.seed());
      double candidateBest = Double.POSITIVE_INFINITY;
      int sinceBest = 0;
      for (int epoch = 1;
          epoch <= settings.maxEpochs() && sinceBest < settings.patience();
          epoch++) {
        int[] order = random.permutation(train.size());
        for (int from = 0; from < order.length; from += BATCH_SIZE) {
          Batch batch = train.select(order, from, Math.min(order.length, from + BATCH_SIZE));
          double[] gradient = network.meanGradient(theta, batch);
          penalize(penalty, theta, gradient, 0);
          adam.step(theta, gradient);
        }
        double loss = network.loss(theta, validation);
        report(i + 1, epoch, loss);
        sinceBest++;
        if (loss < candidateBest) {
          candidateBest = loss;
          sinceBest = 0;
          keepIfBest(theta, penalty, loss);
        }
      }
    }
  }

  /** Adds the penalty's gradient, and returns the loss with the penalty. */
  private double penalize(double penalty, double[] theta, double[] gradient, double loss) {
    double squares = 0;
    for (int j = 0; j < theta.length; j++) {
      if (penalized[j]) {
        squares += theta[j] * theta[j];
        gradient[j] += penalty * theta[j];
      }
    }
    return loss + 0.5 * penalty * squares;
  }

  private void keepIfBest(double[] theta, double penalty, double loss) {
    if (loss < bestLoss) {
      bestLoss = loss;
      bestPenalty = penalty;
      best = theta.clone();
    }
  }

  private void report(int candidate, int epoch, double validationLoss) {
    progress.accept(
        new PretrainingProgress(
            candidate, candidates(), epoch, settings.maxEpochs(), validationLoss));
  }

  /** The penalties, and for a convex problem the fit to all records after them. */
  private int candidates() {
    return settings.penalties().size() + (network.isLinear() ? 1 : 0);
  }

  private static void requireFiniteLoss(Network network, String name, Batch batch) {
    double loss = network.loss(network.parameterValues(), batch);
    if (!Double.isFinite(loss)) {
      throw new IllegalArgumentException(
          name
              + " must give a finite loss, gave "
              + loss
              + ": are all labels class indices below "
              + network.classes()
              + "?");
    }
  }
}
