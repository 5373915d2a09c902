package org.quietune.tuning;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Subspace;
import org.quietune.model.Loss;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.VectorMap;

/**
 * Least squares from noisy sufficient statistics, with a ridge set by the noise, as in AdaSSP (Wang
 * 2018), around the pretrained model: with J a record's gradient of the logit, {@code v = p(1−p)}
 * and residual {@code r = y − p}, the statistics of the regression of r/v on J with weights v are
 * {@code A = Σ_u v JJᵀ} and {@code b = Σ_u r J}. Both are clipped per unit and released with
 * Gaussian noise through the door, half of μ² each; then {@code z = η (A₊ + λI)⁻¹ b}, A₊ the
 * nearest positive semidefinite matrix, λ a multiple of the spectral norm that the noise on A is to
 * be expected to have. For logistic regression this is one step of iteratively reweighted least
 * squares with its curvature from the private records; AdaSSP's separate release of the smallest
 * eigenvalue is left out, since the released A tells it.
 *
 * <p>Guarantee: the two releases together are exactly the budget's μ-Gaussian DP.
 *
 * <p>Preconditions: one logit; at most {@value #LARGEST_DIMENSION} directions, since A has k(k+1)/2
 * entries. Refused before anything is spent.
 *
 * @param clipMultiple clip norms over the median norms of the statistics on public records
 * @param dampingMultiple λ over the expected spectral norm of the noise on A
 * @param stepSize η
 */
public record NoisySufficientStatistics(
    double clipMultiple, double dampingMultiple, double stepSize) implements FineTuningMethod {
  private static final int LARGEST_DIMENSION = 2000;

  /** Keeps the ridge away from zero where there is hardly any noise; times the mean eigenvalue. */
  private static final double SMALLEST_RIDGE = 1e-6;

  public NoisySufficientStatistics {
    for (double value : new double[] {clipMultiple, dampingMultiple, stepSize}) {
      if (!(value > 0) || !(value < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "clipMultiple, dampingMultiple and stepSize must be positive and finite: " + value);
      }
    }
  }

  @Override
  public String name() {
    return "ada-ssp";
  }

  @Override
  public Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    if (!network.objective().equals(Loss.crossEntropy())) {
      throw new IllegalArgumentException(
          "noisy sufficient statistics are for unweighted cross-entropy, not "
              + network.objective().text());
    }
    if (network.outputs() != 1) {
      throw new IllegalArgumentException(
          "noisy sufficient statistics are for models with one logit; this one has "
              + network.outputs());
    }
    Subspace subspace = FineTuning.subspace(network, theta, publicData);
    if (subspace.dimension() > LARGEST_DIMENSION) {
      throw new IllegalArgumentException(
          "noisy sufficient statistics take at most "
              + LARGEST_DIMENSION
              + " directions: "
              + subspace.summary());
    }
    return subspace;
  }

  @Override
  public void requireBudget(PrivacyBudget budget) {
    GaussianBudget.from(budget);
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    int k = task.subspace().dimension();
    GradientCoordinates linear = Preconditioning.NONE.on(task, context.publicStore()).before();
    GradientMap gradients = new GradientMap(task, task.theta(), linear, RecordWeighting.none());
    SquareMap squares = new SquareMap(gradients, task.rowwise().outputs());
    NoisySum matrix = release(task, context, "squares", squares);
    listener.roundDone(1, 2);
    NoisySum vector = release(task, context, "gradients", gradients);
    listener.roundDone(2, 2);

    Spectrum spectrum = Spectrum.of(k, SquareMap.unpacked(matrix.vector(), k));
    double ridge =
        dampingMultiple * Math.sqrt(2.0 * k) * matrix.plan().noiseScale()
            + SMALLEST_RIDGE * spectrum.mean();
    double[] inverse = spectrum.inverse(ridge);
    double[] gradient = vector.vector();
    double[] step = new double[k];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        step[i] -= stepSize * inverse[i * k + j] * gradient[j];
      }
    }
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put("clipMultiple", clipMultiple);
    settings.put("dampingMultiple", dampingMultiple);
    settings.put("ridge", ridge);
    settings.put("stepSize", stepSize);
    return new FineTuned(task.moved(task.theta(), step), List.of(matrix, vector), settings);
  }

  private NoisySum release(
      FineTuningTask task, ReleaseContext context, String name, VectorMap<Example> map) {
    return Terms.kept(
            context,
            name,
            () ->
                new Terms(
                    new L2Clip(clipMultiple * medianNorm(task, map)),
                    GaussianBudget.in(task).perRound(2).noise()))
        .release(name, "sum of " + name, map.dimension(), task, context, () -> map);
  }

  private static double medianNorm(FineTuningTask task, VectorMap<Example> map) {
    int k = map.dimension();
    double[] vector = new double[k];
    double[] norms =
        task.curvatureSample().stream()
            .mapToDouble(
                example -> {
                  map.map(List.of(example), vector);
                  return RecordWeighting.norm(vector, 0, k);
                })
            .sorted()
            .toArray();
    return PublicGradients.quantile(norms, 0.5);
  }

  /**
   * {@code v JJᵀ} of each record, packed: the upper triangle row by row, entries off the diagonal
   * times √2, so that the norm is Frobenius's. With g = (p−y)J the matrix is {@code eᵐ ggᵀ}, m the
   * margin: the logit with the label's sign.
   */
  record SquareMap(GradientMap gradients, int outputs) implements VectorMap<Example> {
    private static final double ROOT_2 = Math.sqrt(2);

    @Override
    public int dimension() {
      int k = gradients.dimension();
      return k * (k + 1) / 2;
    }

    @Override
    public void map(List<Example> records, double[] out) {
      int k = gradients.dimension();
      double[] g = new double[records.size() * k];
      double[] logits = new double[records.size() * outputs];
      gradients.map(records, g, logits);
      int to = 0;
      for (int r = 0; r < records.size(); r++) {
        double margin = records.get(r).label() > 0.5 ? logits[r] : -logits[r];
        double factor = StrictMath.exp(Math.min(margin, 700));
        for (int i = 0; i < k; i++) {
          double row = factor * g[r * k + i];
          out[to++] = row * g[r * k + i];
          for (int j = i + 1; j < k; j++) {
            out[to++] = ROOT_2 * row * g[r * k + j];
          }
        }
      }
    }

    /** The symmetric matrix, row-major. */
    static double[] unpacked(double[] packed, int k) {
      double[] matrix = new double[k * k];
      int from = 0;
      for (int i = 0; i < k; i++) {
        for (int j = i; j < k; j++) {
          double value = i == j ? packed[from] : packed[from] / ROOT_2;
          matrix[i * k + j] = value;
          matrix[j * k + i] = value;
          from++;
        }
      }
      return matrix;
    }
  }
}
