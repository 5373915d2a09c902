package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.RidgeRegression;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.TurnedWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;

/**
 * What private records' inputs foretell of their mean gradient. Where the private inputs are
 * centred elsewhere than the public ones, a linear fit that was the best on the whole of the public
 * records is not the best there: public labels tell by how much, and no private one is needed. The
 * public gradients are regressed on the gradients of the logit, which in a linear model are the
 * inputs; a release is made of the private records' foretold gradients, in coordinates scaled by
 * what the regression foretells for parts of the public records ({@link PublicShifts#partMeans}),
 * and its step is a part of the posterior mean under the known noise (docs/theory.md §4.9). For
 * linear models of one logit with cross-entropy. Constants: docs/adr/0023-foretold-gradients.md.
 */
final class ForetoldGradients {
  /** Of the regression, in multiples of the inputs' mean variance. */
  private static final double RIDGE = 1.4;

  /** Private records may differ more than parts of public ones do: over their mean square. */
  private static final double SPREAD = 3;

  /** η: a regression foretells too much where inputs lie far from where it was fitted. */
  static final double STEP = 0.5;

  private static final double CLIP_QUANTILE = 0.5;
  private static final int MOST_DIRECTIONS = 64;

  /** Of the expected square of the foretold mean, what a release may leave unknown. */
  private static final double LEFT_UNKNOWN = 0.2;

  private static final double LARGEST_SHARE = 0.3;
  private static final double SMALLEST_SHARE = 1e-6;

  /** Relative, of differences of two gradients. */
  private static final double ROUNDING = 1e-9;

  /** Halvings of the share's logarithm: far below what matters. */
  private static final int HALVINGS = 40;

  private final FineTuningTask task;
  private final TurnedWhitener whitener;
  private final Foretelling foretelling;
  private final double clipNorm;

  private ForetoldGradients(
      FineTuningTask task, TurnedWhitener whitener, Foretelling foretelling, double clipNorm) {
    this.task = task;
    this.whitener = whitener;
    this.foretelling = foretelling;
    this.clipNorm = clipNorm;
  }

  /**
   * Those at a point, where {@link PublicShifts#exist}; none where the parts' inputs foretell
   * nothing, as those of a model that does not see them.
   *
   * @param inner in whose coordinates gradients are measured
   */
  static Optional<ForetoldGradients> of(FineTuningTask task, double[] theta, Whitener inner) {
    List<Example> sample = task.labelledSample();
    Subspace subspace = task.subspace();
    int k = subspace.dimension();
    GradientCoordinates plain =
        new GradientCoordinates(subspace.reduction(), subspace.coordinates());
    double[] inputs = new double[Math.multiplyExact(sample.size(), k)];
    new LogitMap(task, theta, plain, new double[k]).map(sample, inputs);
    double[] gradients = PublicGradients.rows(task, theta, new IsotropicWhitener(k, 0));
    if (variesLittle(inputs, k)) {
      return Optional.empty();
    }
    RidgeRegression regression = RidgeRegression.of(sample.size(), inputs, gradients, RIDGE);
    List<double[]> means =
        PublicShifts.partMeans(sample, inputs, k).stream()
            .map(mean -> inner.whiten(regression.foretell(mean)))
            .toList();
    if (means.stream().flatMapToDouble(Arrays::stream).allMatch(value -> value == 0)) {
      return Optional.empty();
    }
    TurnedWhitener whitener = TurnedWhitener.along(inner, means, MOST_DIRECTIONS);
    Foretelling foretelling = foretelling(whitener, regression, k);
    return Optional.of(
        new ForetoldGradients(
            task,
            whitener,
            foretelling,
            median(foretelling.rows(sample.size(), inputs), whitener.dimension())));
  }

  /** Whether rows are one row but for rounding. */
  private static boolean variesLittle(double[] rows, int k) {
    double farthest = 0;
    double largest = 0;
    for (int i = 0; i < rows.length; i++) {
      farthest = Math.max(farthest, Math.abs(rows[i] - rows[i % k]));
      largest = Math.max(largest, Math.abs(rows[i]));
    }
    return farthest <= ROUNDING * largest;
  }

  /** v = W A (z − z̄), W the whitener and A the regression's coefficients. */
  private static Foretelling foretelling(
      Whitener whitener, RidgeRegression regression, int inputs) {
    int k = whitener.dimension();
    double[] matrix = new double[inputs * k];
    for (int j = 0; j < inputs; j++) {
      double[] unit = new double[inputs];
      unit[j] = 1;
      System.arraycopy(whitener.whiten(regression.apply(unit)), 0, matrix, j * k, k);
    }
    return new Foretelling(matrix, whitener.whiten(regression.apply(regression.mean())));
  }

  private static double median(double[] rows, int k) {
    double[] norms = new double[rows.length / k];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = RecordWeighting.norm(rows, i * k, k);
    }
    Arrays.sort(norms);
    return PublicGradients.quantile(norms, CLIP_QUANTILE);
  }

  /**
   * The least share of a budget whose release leaves a fifth of the expected square unknown; three
   * tenths where that is not enough.
   */
  double share(GaussianBudget budget) {
    if (unknown(budget.share(LARGEST_SHARE)) >= LEFT_UNKNOWN) {
      return LARGEST_SHARE;
    }
    double low = Math.log(SMALLEST_SHARE);
    double high = Math.log(LARGEST_SHARE);
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (unknown(budget.share(Math.exp(middle))) > LEFT_UNKNOWN) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.exp(high);
  }

  /** Σ q τ²/(sq² + τ²) over Σ q: the posterior variance over the prior's. */
  private double unknown(GaussianBudget budget) {
    double variance = noise(budget) * noise(budget);
    double left = 0;
    double all = 0;
    for (double square : whitener.meanSquares()) {
      left += square * variance / (SPREAD * square * square + variance);
      all += square;
    }
    return left / all;
  }

  /** τ, the deviation of the released mean. */
  private double noise(GaussianBudget budget) {
    return clipNorm * budget.noise().multiplier() / task.nominalRecords();
  }

  /** One release on {@code budget}, and half of the posterior mean as its step. */
  Round round(GaussianBudget budget) {
    double noise = noise(budget) / Math.sqrt(SPREAD);
    double[] factors =
        Arrays.stream(whitener.meanSquares())
            .map(square -> PublicShifts.factor(square, 1, noise, Double.POSITIVE_INFINITY))
            .toArray();
    return new Round(
        whitener,
        new Terms(new L2Clip(clipNorm), budget.noise()),
        false,
        false,
        STEP,
        factors,
        Optional.of(foretelling));
  }
}
