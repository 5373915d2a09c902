package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quietune.accounting.GaussianDp;
import org.quietune.data.Example;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;

/**
 * Theorem 1 as a law: with step size 1 and no clipping at work, a released point is distributed as
 * {@code N(z₀ − A⁻¹G, (βA)⁻¹)}, {@code A = n̄(H+λI)}, {@code β = n̄μ²/C²}. A and G are computed
 * here from gradients and curvature, without whitener, clip or lattice.
 *
 * <p>2,500 seeded releases. In coordinates in which the claimed law is standard normal, each
 * squared coordinate and each product of two is tested at a level of 2e-7 (5.2 standard
 * deviations), and the mean at 7e-8: together a correct implementation would fail one seed in
 * 400,000.
 */
class RoundLawTest {
  private static final ModelFile MODEL = SmallTask.logistic(0.5, 3);
  private static final int RELEASES = 2500;
  private static final int UNITS = 7;
  private static final double NOMINAL = 9;
  private static final double DAMPING = 0.05;
  private static final double CLIP_NORM = 8;
  private static final double MU = 2;

  /** The claimed mean, and the root R of βA = RᵀR, upper triangular. */
  private record Law(double[] mean, double[] root) {}

  /** Standardized deviations of releases from a law. */
  private record Deviations(List<double[]> all) {

    static Deviations of(List<double[]> points, Law law) {
      int k = law.mean().length;
      List<double[]> all = new ArrayList<>();
      for (double[] point : points) {
        double[] u = new double[k];
        for (int i = 0; i < k; i++) {
          for (int j = i; j < k; j++) {
            u[i] += law.root()[i * k + j] * (point[j] - law.mean()[j]);
          }
        }
        all.add(u);
      }
      return new Deviations(all);
    }

    /** Squared length of the mean deviation times the number of points: χ² with k degrees. */
    double meanStatistic() {
      double statistic = 0;
      for (int i = 0; i < dimension(); i++) {
        double mean = 0;
        for (double[] u : all) {
          mean += u[i] / all.size();
        }
        statistic += mean * mean * all.size();
      }
      return statistic;
    }

    /** The farthest entry of the second-moment matrix from the identity's, in its deviations. */
    double worstSecondMoment() {
      double worst = 0;
      for (int i = 0; i < dimension(); i++) {
        for (int j = i; j < dimension(); j++) {
          double sum = 0;
          for (double[] u : all) {
            sum += u[i] * u[j];
          }
          worst =
              Math.max(
                  worst,
                  i == j
                      ? Math.abs(normalOfChiSquare(sum, all.size()))
                      : Math.abs(sum) / Math.sqrt(all.size()));
        }
      }
      return worst;
    }

    private int dimension() {
      return all.get(0).length;
    }

    boolean fit() {
      // P(χ²₄ > 39) = e^{-19.5}(1 + 19.5) = 7e-8.
      return meanStatistic() < 39 && worstSecondMoment() < 5.2;
    }
  }

  /** Wilson and Hilferty's normal equivalent of a χ² value. */
  private static double normalOfChiSquare(double value, int degrees) {
    double variance = 2.0 / (9.0 * degrees);
    return (Math.cbrt(value / degrees) - (1 - variance)) / Math.sqrt(variance);
  }

  @Test
  void oneRoundFollowsTheTheorem() {
    try (Network network = Network.of(MODEL)) {
      List<Example> units = SmallTask.examples(UNITS, 2, 4);
      List<Example> publicData = SmallTask.examples(200, 2, 1);
      int k = network.parameterCount();
      FineTuningTask task =
          SmallTask.of(MODEL, network, publicData, units, NOMINAL, SmallTask.budget(MU));
      double[] theta = task.theta();
      double[] h = GaussNewton.dense(network, theta, SmallTask.batch(publicData), task.subspace());
      Round round =
          new Round(
              new SpectralWhitener(Spectrum.of(k, h), DAMPING),
              new Terms(new L2Clip(CLIP_NORM), GaussianBudget.in(task).noise()),
              false,
              false,
              1);
      List<double[]> points = new ArrayList<>();
      for (int seed = 0; seed < RELEASES; seed++) {
        NoisySum sum = round.release(task, theta, SmallTask.seeded(seed), "round");
        points.add(round.step(task, theta, sum));
      }

      Deviations claimed = Deviations.of(points, law(task, theta, h, units, MU));
      assertTrue(claimed.meanStatistic() < 39, "mean: " + claimed.meanStatistic());
      assertTrue(claimed.worstSecondMoment() < 5.2, "spread: " + claimed.worstSecondMoment());

      // Broken twins that the same statistics reject: noise a tenth too large or too small, a sum
      // that lost one unit, and twice the damping.
      assertFalse(Deviations.of(points, law(task, theta, h, units, MU / 1.1)).fit());
      assertFalse(Deviations.of(points, law(task, theta, h, units, MU * 1.1)).fit());
      assertFalse(Deviations.of(points, law(task, theta, h, units.subList(1, UNITS), MU)).fit());
      double[] other = h.clone();
      for (int j = 0; j < k; j++) {
        other[j * k + j] += DAMPING;
      }
      assertFalse(Deviations.of(points, law(task, theta, other, units, MU)).fit());
    }
  }

  private static Law law(
      FineTuningTask task, double[] theta, double[] h, List<Example> units, double mu) {
    int k = theta.length;
    double[] g = new double[units.size() * k];
    task.network().perExampleGradients(theta, SmallTask.batch(units), g);
    double[] precision = new double[k * k];
    double beta = NOMINAL * mu * mu / (CLIP_NORM * CLIP_NORM);
    for (int i = 0; i < k; i++) {
      for (int j = i; j < k; j++) {
        precision[i * k + j] = beta * NOMINAL * (h[i * k + j] + (i == j ? DAMPING : 0));
      }
    }
    double[] root = choleskyUpper(k, precision);
    // βA (mean − z₀) = −βG.
    double[] right = new double[k];
    for (int u = 0; u < units.size(); u++) {
      for (int j = 0; j < k; j++) {
        right[j] -= beta * g[u * k + j];
      }
    }
    double[] mean = solve(k, root, right);
    for (int j = 0; j < k; j++) {
      mean[j] += theta[j];
    }
    return new Law(mean, root);
  }

  /** R with RᵀR equal to the symmetric matrix whose upper triangle is given. */
  private static double[] choleskyUpper(int k, double[] upper) {
    double[] r = new double[k * k];
    for (int i = 0; i < k; i++) {
      for (int j = i; j < k; j++) {
        double sum = upper[i * k + j];
        for (int l = 0; l < i; l++) {
          sum -= r[l * k + i] * r[l * k + j];
        }
        r[i * k + j] = i == j ? Math.sqrt(sum) : sum / r[i * k + i];
      }
    }
    return r;
  }

  private static double[] solve(int k, double[] r, double[] right) {
    double[] x = right.clone();
    for (int i = 0; i < k; i++) {
      for (int l = 0; l < i; l++) {
        x[i] -= r[l * k + i] * x[l];
      }
      x[i] /= r[i * k + i];
    }
    for (int i = k - 1; i >= 0; i--) {
      for (int l = i + 1; l < k; l++) {
        x[i] -= r[i * k + l] * x[l];
      }
      x[i] /= r[i * k + i];
    }
    return x;
  }

  /** The law's premise, and the guarantee that goes with it. */
  @Test
  void theReleaseIsChargedAsMu() {
    try (Network network = Network.of(MODEL)) {
      FineTuningTask task = SmallTask.of(MODEL, network, 2, UNITS, SmallTask.budget(MU));
      Round round =
          new Round(
              new IsotropicWhitener(network.parameterCount(), DAMPING),
              new Terms(new L2Clip(CLIP_NORM), GaussianBudget.in(task).noise()),
              false,
              false,
              1);
      NoisySum sum = round.release(task, task.theta(), SmallTask.seeded(1), "round");
      assertEquals(CLIP_NORM, sum.plan().clip().clipNorm());
      assertEquals(CLIP_NORM * GaussianDp.noiseMultiplier(MU), sum.plan().noiseScale());
      assertEquals(MU, Guarantees.mu(sum.plan()), 1e-15);
      assertFalse(sum.secure(), "seeded noise makes no claim");
    }
  }
}
