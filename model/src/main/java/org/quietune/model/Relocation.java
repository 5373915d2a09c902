package org.quietune.model;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Moves entries: entry j of the output is entry table[j] of the input, or a given number where
 * table[j] is −1. Transposing, slicing, expanding, padding, tiling are all this.
 */
final class Relocation extends Operation {
  private final int[] table;
  private final double filling;
  private final @Nullable UnaryOperator<Tensor> form;

  /**
   * @param form the same move on libtorch; null to look every entry up
   */
  Relocation(
      Value x, Value output, int[] table, double filling, @Nullable UnaryOperator<Tensor> form) {
    super(output, x);
    this.table = table;
    this.filling = filling;
    this.form = form;
  }

  @Override
  boolean isAffine() {
    return true;
  }

  @Override
  void forward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] y = memory.value(output());
    for (int j = 0; j < table.length; j++) {
      y[j] = table[j] < 0 ? filling : x[table[j]];
    }
  }

  @Override
  void backward(RowMemory memory) {
    double[] g = memory.adjoint(output());
    double[] to = memory.adjoint(input(0));
    int at = memory.adjointOffset(input(0));
    for (int j = 0; j < table.length; j++) {
      if (table[j] >= 0) {
        to[at + table[j]] += g[j];
      }
    }
  }

  @Override
  Tensor tensor(TensorInputs in) {
    if (form != null) {
      return in.shaped(form.apply(in.get(0)));
    }
    int size = input(0).size();
    Tensor flat = TensorInputs.reshaped(in.get(0), size);
    if (input(0).type() == Value.Type.FLOAT) {
      flat = TensorInputs.concatenated(1, flat, in.filled(flat.size(0), filling, 1));
    } else if (filling == 0) {
      Tensor none = flat.new_zeros(flat.size(0), 1);
      flat = TensorInputs.concatenated(1, flat, none);
    }
    int[] places = table.clone();
    for (int j = 0; j < places.length; j++) {
      places[j] = places[j] < 0 ? size : places[j];
    }
    return in.shaped(flat.index_select(1, TensorInputs.indices(places)));
  }
}
