package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.quietune.data.InvalidDataException;
import org.quietune.data.LabelDomain;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;

/**
 * The loss as the command line asks for it. What is left open is decided by the model and by public
 * labels, never by private ones.
 *
 * @param loss as {@code --loss}; empty is auto
 * @param classWeights as {@code --class-weights}; empty where there are none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record LossChoice(String loss, String classWeights) {
  static final String AUTO = "auto";
  private static final String BALANCED = "balanced-public";

  /** Share of labels that are no class numbers. */
  private static final double MOST_MISTAKES = 0.1;

  /** Whole numbers up to this one are classes of a model that is yet to be made. */
  private static final int LAST_CLASS = 99;

  LossChoice {
    loss = RunOptions.given(loss).equals(AUTO) ? "" : RunOptions.given(loss);
    classWeights = RunOptions.given(classWeights);
  }

  static LossChoice auto() {
    return new LossChoice("", "");
  }

  /**
   * Refuses words that mean nothing, and weights that have no classes.
   *
   * @throws IllegalArgumentException saying what would do
   */
  LossChoice requireSense() {
    boolean regression = false;
    if (!loss.isEmpty()) {
      try {
        regression = Loss.parse(loss).isRegression();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("--loss: " + e.getMessage(), e);
      }
    }
    if (regression && !classWeights.isEmpty()) {
      throw new IllegalArgumentException("--class-weights belong to cross-entropy, not to " + loss);
    }
    if (!classWeights.isEmpty() && !classWeights.equals(BALANCED)) {
      try {
        Loss.parse("cross-entropy:" + classWeights);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--class-weights: expected balanced-public or positive numbers separated by commas, not '"
                + classWeights
                + "'",
            e);
      }
    }
    return this;
  }

  /**
   * The loss for a model. One output that does not tell what it is is a logit where labels are 0
   * and 1, and else a number.
   *
   * @param publicLabels asked for only where the model does not tell, or the weights are theirs
   */
  Loss on(ModelFile model, Supplier<double[]> publicLabels) {
    return weighted(
        asked().or(model::declaredLoss).orElseGet(() -> byLabels(publicLabels.get(), 1)),
        publicLabels);
  }

  /** The loss for a model that is yet to be made, which may have as many outputs as classes. */
  Loss onPublic(double[] publicLabels) {
    return weighted(
        asked().orElseGet(() -> byLabels(publicLabels, LAST_CLASS)), () -> publicLabels);
  }

  /** The loss that was named, if one was. */
  Optional<Loss> asked() {
    return loss.isEmpty() ? Optional.empty() : Optional.of(Loss.parse(loss));
  }

  /**
   * Whole numbers from 0 to the last possible class are classes: where they are meant as numbers,
   * {@code --loss} says so. A few other labels among them are mistakes, to be refused as such.
   */
  private static Loss byLabels(double[] labels, int lastClass) {
    long others =
        Arrays.stream(labels)
            .filter(label -> !(label >= 0 && label <= lastClass && label == Math.rint(label)))
            .count();
    return others <= MOST_MISTAKES * labels.length ? Loss.crossEntropy() : Loss.squaredError();
  }

  private Loss weighted(Loss plain, Supplier<double[]> publicLabels) {
    if (classWeights.isEmpty()) {
      return plain;
    }
    if (plain.isRegression()) {
      throw new InvalidDataException(
          "--class-weights belong to classes, and the labels are numbers");
    }
    return classWeights.equals(BALANCED)
        ? Loss.crossEntropy(balanced(publicLabels.get()))
        : Loss.parse("cross-entropy:" + classWeights);
  }

  /** {@code N / (K N_c)}: every class counts the same in all, and the mean weight is 1. */
  private static List<Double> balanced(double[] labels) {
    int classes = LabelDomain.infer(labels).count();
    double[] counts = new double[classes];
    for (double label : labels) {
      counts[(int) label]++;
    }
    List<Double> weights = new ArrayList<>();
    for (double count : counts) {
      weights.add(labels.length / (classes * count));
    }
    return weights;
  }
}
