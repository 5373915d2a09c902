package org.quietune.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.quietune.model.GradientReduction;
import org.quietune.model.ModeBasis;
import org.quietune.model.ParameterInfo;

/**
 * A subspace of its own for each tensor: {@code ΔW = U Z Vᵀ} for weights read as matrices
 * (Kronecker), everything, or any other subspace of one tensor. z lists the tensors' coordinates in
 * θ's order.
 *
 * <p>Kronecker parts are applied inside the backward pass: {@code UᵀGV = Σ (Uᵀa)(Vᵀb)ᵀ}, at no more
 * than about the price of the gradient (ADR 14).
 */
public final class BlockSubspace implements Subspace {
  static final String KIND = "blocks";
  private static final String KRONECKER = "kronecker";
  private static final String WHOLE = "whole";

  /** How the sides of a weight are chosen. */
  public enum Sides {
    /** Uniformly random orthonormal directions. */
    RANDOM,
    /** The leading singular directions of the pretrained weight, as LoRA-XS takes them. */
    SINGULAR
  }

  /** One tensor's directions. */
  public sealed interface Block permits Reduced, Projected {}

  /** Kept whole, or {@code U Z Vᵀ}. */
  public record Reduced(GradientReduction.Part part) implements Block {}

  /** Any subspace of one tensor. */
  public record Projected(Subspace subspace) implements Block {}

  private final List<Block> blocks;
  private final GradientReduction reduction;
  private final int dimension;

  private BlockSubspace(List<Block> blocks) {
    this.blocks = List.copyOf(blocks);
    reduction = GradientReduction.of(blocks.stream().map(BlockSubspace::part).toList());
    dimension = blocks.stream().mapToInt(BlockSubspace::dimension).reduce(0, Math::addExact);
    if (dimension == 0) {
      throw new IllegalArgumentException("a subspace must have at least one direction");
    }
  }

  /** One block for each trainable tensor, in θ's order. */
  public static BlockSubspace of(List<Block> blocks) {
    return new BlockSubspace(blocks);
  }

  /** The subspace whose {@code Pᵀ} is a reduction. */
  static BlockSubspace of(GradientReduction reduction) {
    List<Block> blocks = new ArrayList<>();
    reduction.parts().forEach(part -> blocks.add(new Reduced(part)));
    return new BlockSubspace(blocks);
  }

  /**
   * The same rank for every weight; vectors are kept whole. A side no longer than the rank keeps
   * all its directions.
   *
   * @param parameters the network's
   * @param theta the pretrained parameters
   * @param seed public
   */
  public static BlockSubspace kronecker(
      List<ParameterInfo> parameters, double[] theta, int rank, Sides sides, long seed) {
    if (rank < 1) {
      throw new IllegalArgumentException("rank must be at least 1, was " + rank);
    }
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      ParameterInfo info = parameters.get(i);
      blocks.add(
          new Reduced(
              info.matrixRows() == 1 || info.matrixColumns() == 1
                  ? new GradientReduction.Whole(info.size())
                  : kronecker(info, theta, rank, sides, seed, i)));
    }
    return new BlockSubspace(blocks);
  }

  private static GradientReduction.Kronecker kronecker(
      ParameterInfo info, double[] theta, int rank, Sides sides, long seed, int place) {
    SeededStream rows = new SeededStream(seed, 16 + 2L * place);
    if (sides == Sides.SINGULAR) {
      ModeBasis[] leading =
          ModeBases.leading(
              theta, info.offset(), info.matrixRows(), info.matrixColumns(), rank, rows);
      return new GradientReduction.Kronecker(leading[0], leading[1]);
    }
    SeededStream columns = new SeededStream(seed, 17 + 2L * place);
    return new GradientReduction.Kronecker(
        ModeBases.random(info.matrixRows(), rank, rows),
        ModeBases.random(info.matrixColumns(), rank, columns));
  }

  private static GradientReduction.Part part(Block block) {
    return block instanceof Reduced reduced
        ? reduced.part()
        : new GradientReduction.Whole(((Projected) block).subspace().ambientDimension());
  }

  private static int dimension(Block block) {
    return block instanceof Projected projected
        ? projected.subspace().dimension()
        : part(block).dimension();
  }

  /** In θ's order. */
  public List<Block> blocks() {
    return blocks;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int ambientDimension() {
    return reduction.parameterCount();
  }

  @Override
  public GradientReduction reduction() {
    return reduction;
  }

  private boolean isReductionAlone() {
    return blocks.stream().allMatch(block -> block instanceof Reduced);
  }

  @Override
  public RowMap coordinates() {
    return isReductionAlone() ? RowMap.scaling(dimension, 1) : new Blocks();
  }

  @Override
  public double[] projectReduced(double[] rows, int count) {
    return isReductionAlone() ? rows : Subspace.super.projectReduced(rows, count);
  }

  @Override
  public RowMap times(double[] root) {
    return isReductionAlone()
        ? RowMap.matrix(dimension, dimension, Blas.transposed(dimension, dimension, root))
        : Subspace.super.times(root);
  }

  @Override
  public RowMap times(double factor) {
    return isReductionAlone() ? RowMap.scaling(dimension, factor) : Subspace.super.times(factor);
  }

  /** Each block's own map on its part of a row. */
  private final class Blocks implements RowMap {
    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public void apply(double[] rows, int count, double[] out, int offset) {
      int width = reduction.dimension();
      int to = 0;
      for (int i = 0; i < blocks.size(); i++) {
        int from = reduction.offset(i);
        int size = part(blocks.get(i)).dimension();
        int k = BlockSubspace.dimension(blocks.get(i));
        RowMap map =
            blocks.get(i) instanceof Projected projected
                ? projected.subspace().coordinates()
                : RowMap.scaling(size, 1);
        double[] mapped = new double[k];
        for (int r = 0; r < count; r++) {
          int at = r * width + from;
          map.apply(Arrays.copyOfRange(rows, at, at + size), 1, mapped, 0);
          System.arraycopy(mapped, 0, out, offset + r * dimension + to, k);
        }
        to += k;
      }
    }
  }

  @Override
  public double[] lift(double[] z) {
    double[] reduced = new double[reduction.dimension()];
    int from = 0;
    for (int i = 0; i < blocks.size(); i++) {
      int k = dimension(blocks.get(i));
      double[] own = Arrays.copyOfRange(z, from, from + k);
      if (blocks.get(i) instanceof Projected projected) {
        own = projected.subspace().lift(own);
      }
      System.arraycopy(own, 0, reduced, reduction.offset(i), own.length);
      from += k;
    }
    return reduction.lift(reduced);
  }

  @Override
  public long memoryBytes() {
    long bytes = 8 * reduction.storedValues();
    for (Block block : blocks) {
      if (block instanceof Projected projected) {
        bytes += projected.subspace().memoryBytes();
      }
    }
    return bytes;
  }

  @Override
  public long flops() {
    long flops = 0;
    for (Block block : blocks) {
      if (block instanceof Projected projected) {
        flops += projected.subspace().flops();
      } else if (part(block) instanceof GradientReduction.Kronecker k) {
        flops += 2L * k.rows().size() * k.columns().size() * k.columns().dimension();
        flops += 2L * k.rows().size() * k.rows().dimension() * k.columns().dimension();
      }
    }
    return flops;
  }

  @Override
  public String summary() {
    long kronecker =
        blocks.stream().filter(block -> part(block) instanceof GradientReduction.Kronecker).count();
    long projected = blocks.stream().filter(block -> block instanceof Projected).count();
    return "blocks: "
        + kronecker
        + " tensors as U Z V', "
        + projected
        + " projected, "
        + (blocks.size() - kronecker - projected)
        + " whole, "
        + Cost.of(this);
  }

  @Override
  public Description description() {
    return Description.of(
        KIND, Map.of(), Map.of(), blocks.stream().map(BlockSubspace::describe).toList());
  }

  private static Description describe(Block block) {
    if (block instanceof Projected projected) {
      return projected.subspace().description();
    }
    return describe(part(block));
  }

  static Description describe(GradientReduction.Part part) {
    if (part instanceof GradientReduction.Kronecker kronecker) {
      Map<String, Long> extents = new TreeMap<>();
      extents.put("rows", (long) kronecker.rows().size());
      extents.put("rowDirections", (long) kronecker.rows().dimension());
      extents.put("columns", (long) kronecker.columns().size());
      extents.put("columnDirections", (long) kronecker.columns().dimension());
      return Description.of(
          KRONECKER,
          extents,
          Map.of("u", kronecker.rows().entries(), "v", kronecker.columns().entries()),
          List.of());
    }
    return Description.of(WHOLE, Map.of("size", (long) part.size()));
  }

  static BlockSubspace of(Description description) {
    List<Block> blocks = new ArrayList<>();
    for (Description part : description.parts()) {
      boolean reduced = part.kind().equals(KRONECKER) || part.kind().equals(WHOLE);
      blocks.add(reduced ? new Reduced(part(part)) : new Projected(Subspaces.of(part)));
    }
    return new BlockSubspace(blocks);
  }

  static GradientReduction.Part part(Description description) {
    if (description.kind().equals(WHOLE)) {
      return new GradientReduction.Whole(description.extent("size"));
    }
    return new GradientReduction.Kronecker(
        new ModeBasis(
            description.extent("rows"),
            description.extent("rowDirections"),
            description.array("u")),
        new ModeBasis(
            description.extent("columns"),
            description.extent("columnDirections"),
            description.array("v")));
  }
}
