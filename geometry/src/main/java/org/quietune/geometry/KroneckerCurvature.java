package org.quietune.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.quietune.model.GradientReduction;
import org.quietune.model.ModeBasis;
import org.quietune.model.ParameterInfo;
import org.quietune.model.RowwiseNetwork;

/**
 * Kronecker-factored curvature, a block for each tensor (K-FAC, Martens and Grosse 2015;
 * convolutions, Grosse and Martens 2016): for a weight whose gradient is {@code Σ_t l_t r_tᵀ},
 * {@code H ≈ c·(A ⊗ B)}, A and B the mean of {@code Σ_t l_t l_tᵀ} and {@code Σ_t r_t r_tᵀ}, c such
 * that the trace is the block's own. Eigenvalue-corrected (EKFAC, George et al. 2018): the same
 * eigenvectors, and along each the measured second moment. Vectors of up to 512 values get their
 * dense block; other tensors, tables among them, the diagonal.
 *
 * <p>For the identity, and for subspaces {@code U Z Vᵀ} by tensors, in whose coordinates the
 * factors are {@code UᵀAU} and {@code VᵀBV}.
 */
public final class KroneckerCurvature implements Curvature {
  private static final int LARGEST_DENSE_VECTOR = 512;

  /** A side whose factor would have more columns keeps its own directions. */
  private static final int LARGEST_SIDE = 6000;

  private final GradientReduction rotation;
  private final double[] values;

  /** What the values of each block are multiples of; empty where all are 1. */
  private final double[] units;

  private final boolean corrected;

  private KroneckerCurvature(
      GradientReduction rotation, double[] values, double[] units, boolean corrected) {
    this.rotation = rotation;
    this.values = Damping.requireFinite(values);
    this.units = units;
    this.corrected = corrected;
  }

  /** The factored form; one pass over the public records. */
  public static KroneckerCurvature of(CurvatureRows rows) {
    Blocks blocks = Blocks.measured(rows);
    return new KroneckerCurvature(blocks.rotation(), blocks.values(), new double[0], false);
  }

  /** The eigenvalue-corrected form; two passes. */
  public static KroneckerCurvature corrected(CurvatureRows rows) {
    Blocks blocks = Blocks.measured(rows);
    GradientReduction rotation = blocks.rotation();
    GradientReduction rebased = KroneckerWhitener.rebased(rows.subspace(), rotation);
    Subspace eigenbasis = BlockSubspace.of(rebased);
    double[] values = rows.in(eigenbasis).meanSquares();
    return new KroneckerCurvature(rotation, values, new double[0], true);
  }

  @Override
  public int dimension() {
    return values.length;
  }

  @Override
  public double[] values() {
    return values.clone();
  }

  @Override
  public Whitener whitener(double damping) {
    return new KroneckerWhitener(rotation, values, units, damping);
  }

  @Override
  public Curvature leveled(double share) {
    if (!(share >= 0) || !(share < 1)) {
      throw new IllegalArgumentException("share must lie in [0, 1): " + share);
    }
    if (units.length > 0) {
      throw new IllegalStateException("leveled already");
    }
    double mean = mean();
    if (share == 0 || mean == 0) {
      return this;
    }
    double[] multiples = new double[rotation.parts().size()];
    double[] relative = values.clone();
    for (int i = 0; i < multiples.length; i++) {
      int from = rotation.offset(i);
      int to = rotation.offset(i + 1);
      double own = Arrays.stream(values, from, to).average().orElse(0);
      multiples[i] = 1 - share + share * own / mean;
      for (int j = from; j < to; j++) {
        relative[j] /= multiples[i];
      }
    }
    return new KroneckerCurvature(rotation, relative, multiples, corrected);
  }

  @Override
  public String summary() {
    return (corrected ? "eigenvalue-corrected " : "")
        + "Kronecker-factored Gauss-Newton, "
        + rotation.parts().size()
        + " blocks, "
        + Cost.bytes(8 * (rotation.storedValues() + values.length));
  }

  /** What is summed over the public records, by tensor. */
  private static final class Blocks {
    /**
     * Parts of the records that threads sum by themselves. Not the number of processors: the bits
     * of the result are those of this many sums.
     */
    private static final int PARTS = 4;

    /** Sums of more values than this are kept once, by one thread. */
    private static final long LARGEST_PART = 1 << 23;

    private final CurvatureRows rows;
    private final List<Block> blocks = new ArrayList<>();

    private Blocks(CurvatureRows rows) {
      this.rows = rows;
      List<ParameterInfo> parameters = rows.network().parameters();
      GradientReduction base = KroneckerWhitener.requireByTensor(rows.subspace());
      boolean byTensor = base.parts().size() == parameters.size();
      for (int i = 0; i < parameters.size(); i++) {
        GradientReduction.Part part =
            byTensor ? base.parts().get(i) : new GradientReduction.Whole(parameters.get(i).size());
        blocks.add(new Block(parameters.get(i), part));
      }
    }

    static Blocks measured(CurvatureRows rows) {
      Blocks total = new Blocks(rows);
      RowwiseNetwork.Pass pass = rows.network().rowByRow().pass(rows.theta());
      int parts = total.size() > LARGEST_PART ? 1 : PARTS;
      List<Blocks> sums =
          IntStream.range(0, parts)
              .parallel()
              .mapToObj(
                  part -> {
                    Blocks sum = new Blocks(rows);
                    int records = rows.records();
                    sum.add(pass, records * part / parts, records * (part + 1) / parts);
                    return sum;
                  })
              .toList();
      sums.forEach(total::plus);
      total.blocks.forEach(block -> block.finish(rows.records()));
      return total;
    }

    /** Values that the sums hold. */
    private long size() {
      return blocks.stream().mapToLong(Block::size).sum();
    }

    /** Adds the records from {@code first} to before {@code last}. */
    private void add(RowwiseNetwork.Pass pass, int first, int last) {
      RowwiseNetwork.Workspace workspace =
          pass.workspace(
              (parameter, left, right, atRight, terms) ->
                  blocks.get(parameter).addFactors(left, right, atRight, terms));
      double[] gradient = new double[rows.network().parameterCount()];
      for (int i = first; i < last; i++) {
        rows.seeds(
            workspace,
            rows.batch(),
            i,
            i,
            (seed, row) -> {
              workspace.backward(seed, gradient, 0);
              blocks.forEach(block -> block.addGradient(gradient));
            },
            0);
      }
    }

    private void plus(Blocks other) {
      for (int i = 0; i < blocks.size(); i++) {
        blocks.get(i).plus(other.blocks.get(i));
      }
    }

    GradientReduction rotation() {
      return GradientReduction.of(blocks.stream().map(Block::rotation).toList());
    }

    double[] values() {
      double[] values = new double[blocks.stream().mapToInt(block -> block.values.length).sum()];
      int at = 0;
      for (Block block : blocks) {
        System.arraycopy(block.values, 0, values, at, block.values.length);
        at += block.values.length;
      }
      return values;
    }
  }

  /** One tensor's factors, dense block or diagonal. */
  private static final class Block {
    private final ParameterInfo info;
    private final GradientReduction.Part base;
    private final ModeBasis u;
    private final ModeBasis v;
    private final GramSum left;
    private final GramSum right;
    private final boolean denseVector;
    private boolean factored;
    private double trace;
    private double[] values;
    private GradientReduction.Part rotation;

    Block(ParameterInfo info, GradientReduction.Part base) {
      this.info = info;
      this.base = base;
      boolean kronecker = base instanceof GradientReduction.Kronecker;
      u =
          kronecker
              ? ((GradientReduction.Kronecker) base).rows()
              : ModeBasis.identity(info.matrixRows());
      v =
          kronecker
              ? ((GradientReduction.Kronecker) base).columns()
              : ModeBasis.identity(info.matrixColumns());
      denseVector = !kronecker && info.shape().size() < 2 && info.size() <= LARGEST_DENSE_VECTOR;
      left = new GramSum(u.dimension());
      right = new GramSum(v.dimension());
      values = new double[base.dimension()];
      rotation = new GradientReduction.Whole(base.dimension());
    }

    GradientReduction.Part rotation() {
      return rotation;
    }

    long size() {
      return values.length + left.size() + right.size();
    }

    void plus(Block other) {
      left.plus(other.left);
      right.plus(other.right);
      factored |= other.factored;
      trace += other.trace;
      for (int j = 0; j < values.length; j++) {
        values[j] += other.values[j];
      }
    }

    void addFactors(double[] l, double[] r, int atRight, int terms) {
      factored = true;
      double[] reducedLeft = reduced(l, 0, terms, u);
      double[] reducedRight = reduced(r, atRight, terms, v);
      left.add(reducedLeft, terms);
      right.add(reducedRight, terms);
      trace += squaredNorm(reducedLeft, reducedRight, terms);
    }

    private static double[] reduced(double[] rows, int at, int terms, ModeBasis basis) {
      double[] own = Arrays.copyOfRange(rows, at, at + terms * basis.size());
      if (basis.isIdentity()) {
        return own;
      }
      double[] reduced = new double[terms * basis.dimension()];
      Blas.multiply(terms, basis.dimension(), basis.size(), own, basis.entries(), reduced);
      return reduced;
    }

    /** {@code ‖LᵀR‖²}. */
    private double squaredNorm(double[] l, double[] r, int terms) {
      int rows = u.dimension();
      int columns = v.dimension();
      double sum = 0;
      if (terms <= rows + columns) {
        double[] first = new double[terms * terms];
        double[] second = new double[terms * terms];
        Blas.multiplyTransposed(terms, terms, rows, l, l, first);
        Blas.multiplyTransposed(terms, terms, columns, r, r, second);
        for (int i = 0; i < first.length; i++) {
          sum += first[i] * second[i];
        }
      } else {
        double[] product = new double[rows * columns];
        Blas.multiply(rows, columns, terms, Blas.transposed(terms, rows, l), r, product);
        for (double entry : product) {
          sum += entry * entry;
        }
      }
      return sum;
    }

    void addGradient(double[] gradient) {
      if (factored) {
        return;
      }
      int from = info.offset();
      double[] own = Arrays.copyOfRange(gradient, from, from + info.size());
      if (denseVector) {
        right.add(own, 1);
        return;
      }
      if (base instanceof GradientReduction.Kronecker) {
        own = GradientReduction.of(List.of(base)).reduce(own, 1);
      }
      for (int j = 0; j < own.length; j++) {
        values[j] += own[j] * own[j];
      }
    }

    void finish(int records) {
      if (!factored && !denseVector) {
        for (int j = 0; j < values.length; j++) {
          values[j] /= records;
        }
        return;
      }
      GramSum.Eigen onRight = right.eigen();
      GramSum.Eigen onLeft = denseVector ? GramSum.Eigen.one() : left.eigen();
      double scale =
          denseVector
              ? 1.0 / records
              : trace / records / Math.max(onLeft.trace() * onRight.trace(), Double.MIN_NORMAL);
      int columns = v.dimension();
      for (int j = 0; j < values.length; j++) {
        values[j] = scale * onLeft.values()[j / columns] * onRight.values()[j % columns];
      }
      rotation = new GradientReduction.Kronecker(onLeft.vectors(), onRight.vectors());
    }
  }

  /** {@code Σ r rᵀ} over rows that come a few at a time. */
  private static final class GramSum {
    private static final int BUFFER = 512;

    private final int width;
    private double[] buffer = {};
    private double[] gram = {};
    private double[] diagonal = {};
    private int filled;

    /** Eigenvalues and, as columns, eigenvectors. */
    @SuppressWarnings("ArrayRecordComponent") // bulk numbers, shared on purpose
    record Eigen(double[] values, ModeBasis vectors) {
      static Eigen one() {
        return new Eigen(new double[] {1}, ModeBasis.identity(1));
      }

      double trace() {
        return Arrays.stream(values).sum();
      }
    }

    GramSum(int width) {
      this.width = width;
    }

    /** Values that it holds once there are rows. */
    long size() {
      return width > LARGEST_SIDE ? width : (long) width * width;
    }

    /** Adds the rows of another sum. */
    void plus(GramSum other) {
      other.flush();
      gram = sum(gram, other.gram);
      diagonal = sum(diagonal, other.diagonal);
    }

    private static double[] sum(double[] a, double[] b) {
      if (a.length == 0 || b.length == 0) {
        return a.length == 0 ? b : a;
      }
      for (int i = 0; i < a.length; i++) {
        a[i] += b[i];
      }
      return a;
    }

    void add(double[] rows, int count) {
      if (width > LARGEST_SIDE) {
        addSquares(rows);
        return;
      }
      if (gram.length == 0) {
        gram = new double[width * width];
        buffer = new double[BUFFER * width];
      }
      int from = 0;
      while (from < count) {
        int take = Math.min(count - from, BUFFER - filled);
        System.arraycopy(rows, from * width, buffer, filled * width, take * width);
        filled += take;
        from += take;
        if (filled == BUFFER) {
          flush();
        }
      }
    }

    private void addSquares(double[] rows) {
      if (diagonal.length == 0) {
        diagonal = new double[width];
      }
      for (int i = 0; i < rows.length; i++) {
        diagonal[i % width] += rows[i] * rows[i];
      }
    }

    private void flush() {
      if (filled == 0) {
        return;
      }
      Blas.addGram(filled, width, buffer, gram);
      filled = 0;
    }

    Eigen eigen() {
      if (width > LARGEST_SIDE) {
        return new Eigen(diagonal, ModeBasis.identity(width));
      }
      if (gram.length == 0) {
        return new Eigen(new double[width], ModeBasis.identity(width));
      }
      flush();
      Spectrum spectrum = Spectrum.of(width, gram);
      return new Eigen(
          spectrum.values(),
          new ModeBasis(width, width, Blas.transposed(width, width, spectrum.vectors())));
    }
  }
}
