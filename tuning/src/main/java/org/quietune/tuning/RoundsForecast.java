package org.quietune.tuning;

import java.util.Map;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;

/**
 * Chooses damping, clip quantile, number of rounds and step size from public data, by the predicted
 * excess risk of T equal rounds in the eigenbasis of the public curvature:
 *
 * <pre>½ Σ b_j c_j^{2T}  +  ½ Σ η²φ_j (Σ_{i&lt;T} c_j^{2i}) C²T/(n̄μ)²  +  ½ Σ (1−c_j^T)²/n̄</pre>
 *
 * <p>what is left of the initial error, plus noise, plus sampling error, where {@code φ = h/(h+λ)},
 * {@code c = 1 − ηκφ}, κ the mean weight that public records keep under the clip, and {@code b =
 * PRIOR·√h} the prior error energy along each eigenvector.
 */
final class RoundsForecast {
  /** Share of the budget that the opening one-shot release gets when rounds follow. */
  private static final double OPENING_SHARE = 0.2;

  /** Scale of the prior error energy, from earlier experiments on other splits (docs/results). */
  private static final double PRIOR = 0.0005;

  /** Rounds that promise less than this relative gain are not worth a plan of their own. */
  private static final double SMALLEST_GAIN = 0.03;

  private static final double[] RELATIVE_DAMPINGS = {0.3, 1, 3, 10, 30};
  private static final double[] CLIP_QUANTILES = {0.3, 0.5, 0.7, 0.9, 0.99};
  private static final int[] ROUNDS = {2, 4, 8, 16, 32};
  private static final double[] STEP_SIZES = {0.1, 0.2, 0.4, 0.7, 1, 1.5, 2};

  private RoundsForecast() {}

  /**
   * What to do after the opening release.
   *
   * @param rounds 0 when nothing follows
   * @param openingShare the opening release's share of the budget
   */
  record Plan(
      int rounds, double openingShare, double damping, double clipQuantile, double stepSize) {

    static Plan none() {
      return new Plan(0, 1, 0, 0, 0);
    }

    /** The round at {@code theta}, its clip taken from public gradients there. */
    Round round(FineTuningTask task, double[] theta, Whitener whitener) {
      boolean labelFree = task.network().outputs() == 1;
      double clipNorm = PublicGradients.quantile(sortedNorms(task, theta, whitener), clipQuantile);
      return new Round(
          whitener,
          new L2Clip(clipNorm),
          labelFree ? RecordWeighting.mallows(clipNorm) : RecordWeighting.none());
    }

    Map<String, Object> describe() {
      return rounds == 0
          ? Map.of("rounds", 0)
          : Map.of(
              "rounds", rounds,
              "openingShare", openingShare,
              "damping", damping,
              "clipQuantile", clipQuantile,
              "stepSize", stepSize);
    }
  }

  /** The best plan, or none when no plan promises enough. */
  static Plan choose(FineTuningTask task, Spectrum spectrum) {
    double untouched = 0;
    for (double h : spectrum.values()) {
      untouched += 0.5 * PRIOR * Math.sqrt(h);
    }
    return best(task, spectrum, ROUNDS, untouched * (1 - SMALLEST_GAIN));
  }

  /** The best plan of exactly {@code rounds} rounds, whatever it promises. */
  static Plan choose(FineTuningTask task, Spectrum spectrum, int rounds) {
    return rounds == 0
        ? Plan.none()
        : best(task, spectrum, new int[] {rounds}, Double.POSITIVE_INFINITY);
  }

  private static Plan best(
      FineTuningTask task, Spectrum spectrum, int[] roundCounts, double worthWhile) {
    double signal = task.nominalRecords() * task.budget().share(1 - OPENING_SHARE).mu();
    double[] values = spectrum.values();
    double best = worthWhile;
    Plan chosen = Plan.none();
    for (double relative : RELATIVE_DAMPINGS) {
      double damping = relative * spectrum.mean();
      double[] norms = sortedNorms(task, task.theta(), new SpectralWhitener(spectrum, damping));
      for (double q : CLIP_QUANTILES) {
        double clip = PublicGradients.quantile(norms, q);
        double kept = meanWeight(norms, clip);
        for (int rounds : roundCounts) {
          double roundNoise = clip * Math.sqrt(rounds) / signal;
          for (double step : STEP_SIZES) {
            double risk =
                risk(values, damping, kept, rounds, step, roundNoise, task.nominalRecords());
            if (risk < best) {
              best = risk;
              chosen = new Plan(rounds, OPENING_SHARE, damping, q, step);
            }
          }
        }
      }
    }
    return chosen;
  }

  private static double risk(
      double[] values,
      double damping,
      double kept,
      int rounds,
      double step,
      double roundNoise,
      double n) {
    double risk = 0;
    for (double h : values) {
      double phi = h / (h + damping);
      double c = 1 - step * kept * phi;
      double left = Math.pow(c, rounds);
      double accumulated = c * c == 1 ? rounds : (1 - left * left) / (1 - c * c);
      double noise = step * roundNoise;
      risk +=
          0.5
              * (PRIOR * Math.sqrt(h) * left * left
                  + noise * noise * phi * accumulated
                  + (1 - left) * (1 - left) / n);
    }
    return risk;
  }

  private static double[] sortedNorms(FineTuningTask task, double[] theta, Whitener whitener) {
    return task.network().outputs() == 1
        ? PublicGradients.sortedLabelFreeNorms(task, theta, whitener)
        : PublicGradients.sortedNorms(task, theta, whitener);
  }

  private static double meanWeight(double[] sortedNorms, double clip) {
    double sum = 0;
    for (double norm : sortedNorms) {
      sum += norm > clip ? clip / norm : 1;
    }
    return sum / sortedNorms.length;
  }
}
