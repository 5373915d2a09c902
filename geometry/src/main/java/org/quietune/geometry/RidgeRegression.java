package org.quietune.geometry;

/**
 * Ridge regression of public rows on others, both centred: {@code y − ȳ ≈ A (x − x̄)} with {@code A
 * = C (S + ρI)⁻¹}, S the covariance of the inputs x and C that of the outputs y with them.
 * Immutable and thread-safe.
 */
public final class RidgeRegression {
  private final int inputs;
  private final double[] mean;

  /** A, row-major, outputs × inputs. */
  private final double[] coefficients;

  private RidgeRegression(double[] mean, double[] coefficients) {
    this.inputs = mean.length;
    this.mean = mean;
    this.coefficients = coefficients;
  }

  /**
   * Fits rows of {@code y} to rows of {@code x}.
   *
   * @param count rows, at least one
   * @param x row-major
   * @param y row-major
   * @param ridge ρ in multiples of the mean eigenvalue of S; positive
   * @throws IllegalArgumentException when the rows of {@code x} are all the same
   * @throws ArithmeticException when a value of {@code x} is not finite
   */
  public static RidgeRegression of(int count, double[] x, double[] y, double ridge) {
    int inputs = x.length / count;
    int outputs = y.length / count;
    double[] mean = columnMeans(count, x);
    double[] centredX = centred(x, mean);
    double[] covariance = new double[inputs * inputs];
    Blas.addGram(count, inputs, centredX, covariance);
    double trace = 0;
    for (int j = 0; j < inputs; j++) {
      trace += covariance[j * inputs + j];
    }
    if (trace == 0) {
      throw new IllegalArgumentException("rows are all the same");
    }
    double[] cross = new double[outputs * inputs];
    double[] centredY = centred(y, columnMeans(count, y));
    Blas.multiply(
        outputs, inputs, count, Blas.transposed(count, outputs, centredY), centredX, cross);
    double[] coefficients = new double[outputs * inputs];
    Blas.multiply(
        outputs,
        inputs,
        inputs,
        cross,
        Spectrum.of(inputs, covariance).inverse(ridge * trace / inputs),
        coefficients);
    return new RidgeRegression(mean, coefficients);
  }

  private static double[] columnMeans(int count, double[] rows) {
    double[] means = new double[rows.length / count];
    for (int i = 0; i < rows.length; i++) {
      means[i % means.length] += rows[i] / count;
    }
    return means;
  }

  private static double[] centred(double[] rows, double[] mean) {
    double[] centred = rows.clone();
    for (int i = 0; i < centred.length; i++) {
      centred[i] -= mean[i % mean.length];
    }
    return centred;
  }

  /** x̄. */
  public double[] mean() {
    return mean.clone();
  }

  /** {@code A v}. */
  public double[] apply(double[] v) {
    double[] result = new double[coefficients.length / inputs];
    for (int i = 0; i < coefficients.length; i++) {
      result[i / inputs] += coefficients[i] * v[i % inputs];
    }
    return result;
  }

  /** {@code A (x − x̄)}. */
  public double[] foretell(double[] x) {
    double[] deviation = x.clone();
    for (int j = 0; j < inputs; j++) {
      deviation[j] -= mean[j];
    }
    return apply(deviation);
  }
}
