package org.quietune.model;

import java.util.HashMap;
import java.util.Map;

/** Reductions over axes. */
final class ReductionOperators {
  private ReductionOperators() {}

  static Map<String, Lowering> all() {
    Map<String, Lowering> all = new HashMap<>();
    all.put("ReduceSum", plain(Reduction.Kind.SUM));
    all.put("ReduceMean", plain(Reduction.Kind.MEAN));
    all.put("ReduceMax", plain(Reduction.Kind.MAX));
    all.put("ReduceMin", plain(Reduction.Kind.MIN));
    all.put("ReduceProd", plain(Reduction.Kind.PROD));
    all.put(
        "ReduceL1",
        Lowering.single(
            (node, to) -> reduce(Reduction.Kind.SUM, node, to, to.unary("Abs", node.input(0)))));
    all.put("ReduceL2", Lowering.single((node, to) -> to.unary("Sqrt", sumOfSquares(node, to))));
    all.put("ReduceSumSquare", Lowering.single(ReductionOperators::sumOfSquares));
    return all;
  }

  private static Lowering plain(Reduction.Kind kind) {
    return Lowering.single((node, to) -> reduce(kind, node, to, node.input(0)));
  }

  private static Value sumOfSquares(OnnxNode node, ProgramBuilder to) {
    Value x = node.input(0);
    return reduce(Reduction.Kind.SUM, node, to, to.multiply(x, x));
  }

  /** Axes are an attribute up to version 12 (sum) or 17 (others), then an input. */
  private static Value reduce(Reduction.Kind kind, OnnxNode node, ProgramBuilder to, Value x) {
    int rank = x.shape().rank();
    int[] axes = node.has(1) ? node.constantIntegers(1) : node.integers("axes", new int[0]);
    if (axes.length == 0) {
      if (node.flag("noop_with_empty_axes", false)) {
        return x;
      }
      axes = new int[rank];
      for (int axis = 0; axis < rank; axis++) {
        axes[axis] = axis;
      }
    }
    int[] normal = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      normal[i] = Shape.axis(axes[i], rank);
    }
    return to.reduce(kind, x, normal, node.flag("keepdims", true));
  }
}
