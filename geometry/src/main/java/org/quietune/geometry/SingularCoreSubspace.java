package org.quietune.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quietune.model.ParameterInfo;

/**
 * A small core per weight matrix, between the leading singular vectors of the pretrained weight:
 * {@code ΔW = U_r Σ_r Z V_rᵀ}, Z an r×r matrix (LoRA-XS: Bałazy et al. 2024). A weight of more than
 * two dimensions is a matrix of its first dimension by the rest. Other parameters are kept.
 *
 * <p>The gradient of Z is {@code (UΣ)ᵀ G V}, G the weight's gradient: computed layer by layer from
 * it, so that nothing of size d×k is made. Memory: two thin factors per layer.
 */
public final class SingularCoreSubspace implements Subspace {

  /** Factors of one weight: ΔW = left Z rightᵀ. */
  private record Core(
      int offset, int rows, int columns, int rank, double[] left, double[] right, int first) {}

  private final int ambientDimension;
  private final int dimension;
  private final List<Core> cores;

  private SingularCoreSubspace(int ambientDimension, int dimension, List<Core> cores) {
    this.ambientDimension = ambientDimension;
    this.dimension = dimension;
    this.cores = cores;
  }

  /**
   * The cores of a model's weights.
   *
   * @param theta the pretrained parameters
   * @param rank r, lowered to the numerical rank of a weight where that is less
   * @throws IllegalArgumentException where no weight differs from zero
   */
  public static SingularCoreSubspace of(List<ParameterInfo> parameters, double[] theta, int rank) {
    List<Core> cores = new ArrayList<>();
    int dimension = 0;
    for (ParameterInfo parameter : parameters) {
      if (parameter.role() == ParameterInfo.Role.WEIGHT && parameter.shape().size() >= 2) {
        Core core = core(parameter, theta, rank, dimension);
        if (core.rank() > 0) {
          cores.add(core);
          dimension += core.rank() * core.rank();
        }
      }
    }
    if (cores.isEmpty()) {
      throw new IllegalArgumentException("no weight matrix differs from zero");
    }
    return new SingularCoreSubspace(theta.length, dimension, cores);
  }

  private static Core core(ParameterInfo parameter, double[] theta, int rank, int first) {
    int m = parameter.shape().get(0);
    int n = parameter.size() / m;
    double[] weight = new double[m * n];
    System.arraycopy(theta, parameter.offset(), weight, 0, m * n);
    // The Gram matrix of the shorter side gives that side's vectors, and W the other's.
    boolean wide = m <= n;
    int s = Math.min(m, n);
    double[] shorter = wide ? weight : Blas.transposed(m, n, weight);
    int longer = Math.max(m, n);
    double[] gram = new double[s * s];
    Blas.multiplyTransposed(s, s, longer, shorter, shorter, gram);
    Spectrum spectrum = Spectrum.of(s, gram);
    double[] values = spectrum.values();
    int r = 0;
    while (r < Math.min(rank, s) && values[r] > 1e-12 * values[0]) {
      r++;
    }
    // vectors: r × s, unit singular vectors of the shorter side; products: r × longer, σ times
    // those of the longer side.
    double[] vectors = new double[r * s];
    System.arraycopy(spectrum.vectors(), 0, vectors, 0, r * s);
    double[] products = new double[r * longer];
    if (r > 0) {
      Blas.multiply(r, longer, s, vectors, shorter, products);
    }
    double[] left = new double[m * r];
    double[] right = new double[n * r];
    for (int j = 0; j < r; j++) {
      double sigma = Math.sqrt(values[j]);
      for (int i = 0; i < m; i++) {
        left[i * r + j] = wide ? vectors[j * s + i] * sigma : products[j * longer + i];
      }
      for (int i = 0; i < n; i++) {
        right[i * r + j] = wide ? products[j * longer + i] / sigma : vectors[j * s + i];
      }
    }
    return new Core(parameter.offset(), m, n, r, left, right, first);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int ambientDimension() {
    return ambientDimension;
  }

  @Override
  public double[] project(double[] rows, int count) {
    double[] projected = new double[count * dimension];
    times(1).apply(rows, count, projected, 0);
    return projected;
  }

  @Override
  public RowMap times(double[] root) {
    return RowMap.chain(
        times(1), RowMap.matrix(dimension, dimension, Blas.transposed(dimension, dimension, root)));
  }

  @Override
  public RowMap times(double factor) {
    return new RowMap() {
      @Override
      public int dimension() {
        return dimension;
      }

      @Override
      public void apply(double[] rows, int count, double[] out, int offset) {
        for (int i = 0; i < count; i++) {
          for (Core core : cores) {
            coreGradient(core, rows, i * ambientDimension, factor, out, offset + i * dimension);
          }
        }
      }
    };
  }

  /** {@code factor·leftᵀ G right}, every sum in one fixed order. */
  private static void coreGradient(
      Core core, double[] rows, int at, double factor, double[] out, int to) {
    int r = core.rank();
    double[] z = new double[r * r];
    double[] row = new double[r];
    for (int i = 0; i < core.rows(); i++) {
      int from = at + core.offset() + i * core.columns();
      Arrays.fill(row, 0);
      for (int j = 0; j < core.columns(); j++) {
        double g = rows[from + j];
        for (int b = 0; b < r; b++) {
          row[b] += g * core.right()[j * r + b];
        }
      }
      for (int a = 0; a < r; a++) {
        double l = core.left()[i * r + a];
        for (int b = 0; b < r; b++) {
          z[a * r + b] += l * row[b];
        }
      }
    }
    for (int j = 0; j < r * r; j++) {
      out[to + core.first() + j] = factor * z[j];
    }
  }

  @Override
  public double[] lift(double[] z) {
    double[] displacement = new double[ambientDimension];
    for (Core core : cores) {
      int r = core.rank();
      for (int i = 0; i < core.rows(); i++) {
        for (int b = 0; b < r; b++) {
          double sum = 0;
          for (int a = 0; a < r; a++) {
            sum += core.left()[i * r + a] * z[core.first() + a * r + b];
          }
          for (int j = 0; j < core.columns(); j++) {
            displacement[core.offset() + i * core.columns() + j] += sum * core.right()[j * r + b];
          }
        }
      }
    }
    return displacement;
  }

  @Override
  public String summary() {
    return "singular cores: %d directions of %d parameters in %d weights"
        .formatted(dimension, ambientDimension, cores.size());
  }
}
