package org.quietune.geometry;

import org.quietune.model.GradientReduction;

/**
 * The trainable directions {@code θ = θ₀ + P z}. P is public and independent of the private data;
 * no privacy is ever claimed from it. Immutable and thread-safe.
 *
 * <p>{@code Pᵀ} is applied in two parts: a {@link #reduction} that the backward pass applies tensor
 * by tensor, and {@link #coordinates} of what that leaves.
 */
public interface Subspace {

  /** k, the length of z. */
  int dimension();

  /** d, the number of parameters. */
  int ambientDimension();

  /** What the backward pass applies; everything is kept unless a subspace says otherwise. */
  default GradientReduction reduction() {
    return GradientReduction.whole(ambientDimension());
  }

  /** The rest of Pᵀ, from reduced gradients to k coordinates, for private rows too. */
  RowMap coordinates();

  /**
   * {@code Pᵀ g} for each row g of PUBLIC data: perhaps by BLAS, so a row's last bits depend on its
   * place.
   *
   * @param rows row-major {@code count × ambientDimension()}
   * @return row-major {@code count × dimension()}; may be {@code rows} itself
   */
  default double[] project(double[] rows, int count) {
    return projectReduced(reduction().reduce(rows, count), count);
  }

  /**
   * The same for rows that {@link #reduction} has been applied to.
   *
   * @param rows row-major {@code count × reduction().dimension()}
   */
  default double[] projectReduced(double[] rows, int count) {
    double[] projected = new double[Math.multiplyExact(count, dimension())];
    coordinates().apply(rows, count, projected, 0);
    return projected;
  }

  /**
   * {@code R Pᵀ g} from reduced gradients, for private rows too.
   *
   * @param root R, row-major {@code dimension() × dimension()}
   */
  default RowMap times(double[] root) {
    int k = dimension();
    return coordinates().then(RowMap.matrix(k, k, Blas.transposed(k, k, root)));
  }

  /** {@code factor·Pᵀ g} from reduced gradients, for private rows too. */
  default RowMap times(double factor) {
    return coordinates().then(RowMap.scaling(dimension(), factor));
  }

  /**
   * {@code P z}, a displacement of the parameters. In plain Java and a fixed order, so that whoever
   * checks a step gets its bits.
   */
  double[] lift(double[] z);

  /** Bytes that P takes, apart from the network's own arrays. */
  long memoryBytes();

  /** Multiplications and additions that {@code Pᵀg} takes for one whole gradient. */
  long flops();

  /** One line for people: what it is, k, memory and cost. */
  String summary();

  /** What makes it again, bit for bit. */
  Description description();
}
