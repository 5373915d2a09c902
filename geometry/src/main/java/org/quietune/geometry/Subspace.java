package org.quietune.geometry;

/**
 * The trainable directions {@code θ = θ₀ + P z}. P is public and independent of the private data;
 * no privacy is ever claimed from it. Immutable and thread-safe.
 */
public interface Subspace {

  /** k, the length of z. */
  int dimension();

  /** d, the number of parameters. */
  int ambientDimension();

  /**
   * {@code Pᵀ g} for each row g of PUBLIC data: by BLAS, so a row's last bits depend on its place.
   *
   * @param rows row-major {@code count × ambientDimension()}
   * @return row-major {@code count × dimension()}; may be {@code rows} itself
   */
  double[] project(double[] rows, int count);

  /**
   * {@code g ↦ R Pᵀ g}, for private rows too.
   *
   * @param root R, row-major {@code dimension() × dimension()}
   */
  RowMap times(double[] root);

  /** {@code g ↦ factor·Pᵀ g}, for private rows too. */
  RowMap times(double factor);

  /**
   * {@code P z}, a displacement of the parameters. In plain Java and a fixed order, so that whoever
   * checks a step gets its bits.
   */
  double[] lift(double[] z);

  /** One line for people: what it is, and its size. */
  String summary();
}
