package org.quietune.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A linear map of gradients that treats each trainable tensor by itself, so that it can be applied
 * inside the backward pass: a record's full gradient is never formed where the layer allows it.
 *
 * <p>Definition: a tensor is kept as it is, or, read as a matrix G (rows × columns, {@link
 * ParameterInfo#matrixRows}), becomes {@code Uᵀ G V}. Where G is a sum of outer products, as in
 * linear layers, convolutions and tables, {@code Uᵀ(Σ a bᵀ)V = Σ (Uᵀa)(Vᵀb)ᵀ}. At last each
 * coordinate may be multiplied by a factor of its own. The adjoint is {@link #lift}.
 *
 * <p>Immutable; holds public values only.
 */
public final class GradientReduction {
  /** What becomes of one tensor, or of θ as a whole. */
  public sealed interface Part permits Whole, Kronecker {
    /** Values of the tensor. */
    int size();

    /** Values that are left. */
    int dimension();
  }

  /** Kept as it is. */
  public record Whole(int size) implements Part {
    @Override
    public int dimension() {
      return size;
    }
  }

  /**
   * {@code Uᵀ G V}, row-major.
   *
   * @param rows U
   * @param columns V
   */
  public record Kronecker(ModeBasis rows, ModeBasis columns) implements Part {
    @Override
    public int size() {
      return Math.multiplyExact(rows.size(), columns.size());
    }

    @Override
    public int dimension() {
      return Math.multiplyExact(rows.dimension(), columns.dimension());
    }
  }

  private final List<Part> parts;
  private final int[] offsets;
  private final double[] factors;
  private final int size;
  private final int dimension;

  private GradientReduction(List<Part> parts, double[] factors) {
    this.parts = List.copyOf(parts);
    this.factors = factors;
    offsets = new int[parts.size()];
    int from = 0;
    int to = 0;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = to;
      from = Math.addExact(from, parts.get(i).size());
      to = Math.addExact(to, parts.get(i).dimension());
    }
    size = from;
    dimension = to;
  }

  /** Keeps everything. */
  public static GradientReduction whole(int parameterCount) {
    return new GradientReduction(List.of(new Whole(parameterCount)), new double[0]);
  }

  /** One part for each trainable tensor, in θ's order. */
  public static GradientReduction of(List<Part> parts) {
    return new GradientReduction(parts, new double[0]);
  }

  /**
   * This one, then each coordinate times a factor.
   *
   * @param factors one per coordinate; held, not copied
   * @throws IllegalArgumentException when there are more or fewer
   */
  public GradientReduction times(double[] factors) {
    if (factors.length != dimension) {
      throw new IllegalArgumentException("there must be " + dimension + " factors");
    }
    if (this.factors.length == 0) {
      return new GradientReduction(parts, factors);
    }
    double[] both = this.factors.clone();
    for (int j = 0; j < dimension; j++) {
      both[j] *= factors[j];
    }
    return new GradientReduction(parts, both);
  }

  /** Length of a gradient, d. */
  public int parameterCount() {
    return size;
  }

  /** Length of what is left. */
  public int dimension() {
    return dimension;
  }

  public List<Part> parts() {
    return parts;
  }

  /** Where a part's result begins; for the number of parts, where the last one ends. */
  public int offset(int part) {
    return part == offsets.length ? dimension : offsets[part];
  }

  /** What each coordinate is multiplied by at last; empty when by nothing. */
  double[] factors() {
    return factors;
  }

  /** Whether gradients are left as they are. */
  public boolean isWhole() {
    return factors.length == 0 && parts.stream().allMatch(part -> part instanceof Whole);
  }

  /** Doubles that the bases hold. */
  public long storedValues() {
    long sum = 0;
    for (Part part : parts) {
      if (part instanceof Kronecker kronecker) {
        sum += kronecker.rows().entries().length + kronecker.columns().entries().length;
      }
    }
    return sum;
  }

  /**
   * Reduces full gradients, row by row in one fixed order.
   *
   * @param rows row-major {@code count × parameterCount()}
   * @return row-major {@code count × dimension()}
   */
  public double[] reduce(double[] rows, int count) {
    if (rows.length != (long) count * size) {
      throw new IllegalArgumentException("rows must hold " + count + " × " + size + " values");
    }
    double[] reduced = new double[Math.multiplyExact(count, dimension)];
    Kernels kernels = new Kernels();
    int from = 0;
    for (int i = 0; i < offsets.length; i++) {
      Part part = parts.get(i);
      KroneckerSink sink =
          part instanceof Kronecker kronecker
              ? new KroneckerSink(kronecker, factors, offsets[i])
              : null;
      for (int row = 0; row < count; row++) {
        int at = row * size + from;
        int target = row * dimension + offsets[i];
        if (sink == null) {
          System.arraycopy(rows, at, reduced, target, part.size());
          if (factors.length > 0) {
            kernels.scale(reduced, target, factors, offsets[i], part.size());
          }
        } else {
          sink.start(reduced, target, 1);
          sink.addWhole(rows, at);
          sink.endBlock();
        }
      }
      from += part.size();
    }
    return reduced;
  }

  /** The adjoint: from {@code dimension()} coordinates to a displacement of θ, {@code U Z Vᵀ}. */
  public double[] lift(double[] given) {
    if (given.length != dimension) {
      throw new IllegalArgumentException("coordinates must hold " + dimension + " values");
    }
    double[] coordinates = given;
    if (factors.length > 0) {
      coordinates = given.clone();
      new Kernels().scale(coordinates, 0, factors, 0, dimension);
    }
    double[] displacement = new double[size];
    int to = 0;
    for (int i = 0; i < offsets.length; i++) {
      Part part = parts.get(i);
      if (part instanceof Kronecker kronecker) {
        lift(kronecker, coordinates, offsets[i], displacement, to);
      } else {
        System.arraycopy(coordinates, offsets[i], displacement, to, part.size());
      }
      to += part.size();
    }
    return displacement;
  }

  private static void lift(Kronecker part, double[] z, int from, double[] out, int to) {
    ModeBasis u = part.rows();
    ModeBasis v = part.columns();
    int r = u.dimension();
    int s = v.dimension();
    Kernels kernels = new Kernels();
    double[] wide = Arrays.copyOfRange(z, from, from + r * s);
    if (!v.isIdentity()) {
      double[] turned = new double[s * v.size()];
      Kernels.transpose(v.entries(), 0, turned, 0, v.size(), s);
      wide = new double[r * v.size()];
      kernels.multiply(z, from, turned, 0, wide, 0, r, s, v.size());
    }
    if (u.isIdentity()) {
      System.arraycopy(wide, 0, out, to, wide.length);
    } else {
      kernels.multiply(u.entries(), 0, wide, 0, out, to, u.size(), r, v.size());
    }
  }

  /** Refuses a reduction of other tensors. */
  void requireFits(List<ParameterInfo> parameters, int count) {
    boolean one = parts.size() == 1 && parts.get(0) instanceof Whole && size == count;
    boolean fits = one || parts.size() == parameters.size();
    for (int i = 0; fits && !one && i < offsets.length; i++) {
      ParameterInfo info = parameters.get(i);
      Part part = parts.get(i);
      fits =
          part.size() == info.size()
              && (!(part instanceof Kronecker kronecker)
                  || kronecker.rows().size() == info.matrixRows());
    }
    if (!fits) {
      throw new IllegalArgumentException("the reduction is of other tensors than the network's");
    }
  }

  /** One part per tensor, also where θ is kept as a whole. */
  List<Part> partsOf(List<ParameterInfo> parameters) {
    if (parts.size() == parameters.size()) {
      return parts;
    }
    List<Part> each = new ArrayList<>();
    parameters.forEach(info -> each.add(new Whole(info.size())));
    return each;
  }
}
