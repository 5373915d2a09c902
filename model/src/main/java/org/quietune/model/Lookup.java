package org.quietune.model;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Picks slices of a table at places that a record gives, as an embedding does. A place outside the
 * table gives NaN in both directions and never throws: what a private record holds must decide no
 * exception.
 */
final class Lookup extends Operation {
  private final int outer;
  private final int extent;
  private final int inner;
  private final int places;

  /**
   * @param data what is picked from
   * @param indices where; negative ones count from the end
   * @param axis of {@code data} along which the slices lie
   */
  Lookup(Value data, Value indices, int axis, Value output) {
    super(output, data, indices);
    Shape shape = data.shape();
    outer = shape.product(0, axis);
    extent = shape.dim(axis);
    inner = shape.product(axis + 1, shape.rank());
    places = indices.size();
  }

  @Override
  void forward(RowMemory memory) {
    double[] x = memory.value(input(0));
    double[] y = memory.value(output());
    for (int i = 0; i < places; i++) {
      int place = place(memory, i);
      for (int row = 0; row < outer; row++) {
        int at = (row * places + i) * inner;
        int from = (row * extent + place) * inner;
        for (int j = 0; j < inner; j++) {
          y[at + j] = place < 0 ? Double.NaN : x[from + j];
        }
      }
    }
  }

  @Override
  boolean hasFactors(int input) {
    return input == 0 && outer == 1;
  }

  @Override
  void backward(RowMemory memory) {
    double[] g = memory.adjoint(output());
    TensorSink sink = memory.sink(input(0));
    if (sink != null) {
      addRows(memory, g, sink);
      return;
    }
    double[] to = memory.adjoint(input(0));
    int offset = memory.adjointOffset(input(0));
    for (int i = 0; i < places; i++) {
      int place = place(memory, i);
      for (int row = 0; row < outer; row++) {
        int at = (row * places + i) * inner;
        // NaN somewhere: the record's gradient then counts as none.
        int target = offset + (row * extent + Math.max(place, 0)) * inner;
        for (int j = 0; j < inner; j++) {
          to[target + j] += place < 0 ? Double.NaN : g[at + j];
        }
      }
    }
  }

  private void addRows(RowMemory memory, double[] g, TensorSink sink) {
    for (int i = 0; i < places; i++) {
      int place = place(memory, i);
      if (place < 0) {
        double[] nothing = new double[inner];
        Arrays.fill(nothing, Double.NaN);
        sink.addRow(0, nothing, 0);
      } else {
        sink.addRow(place, g, i * inner);
      }
    }
  }

  /** The place that the record gives, counted from the start; −1 when it is none. */
  private int place(RowMemory memory, int i) {
    double index = memory.value(input(1))[i];
    double place = index < 0 ? index + extent : index;
    return place >= 0 && place < extent && place == Math.rint(place) ? (int) place : -1;
  }

  @Override
  Tensor tensor(TensorInputs in) {
    Tensor data = in.get(0);
    Tensor indices = TensorInputs.reshaped(in.get(1), places);
    Tensor wrapped =
        torch.where(
            torch.lt(indices, new Scalar(0L)), indices.add(new Scalar((long) extent)), indices);
    if (data.size(0) == 1) {
      // One table for all records: pick along the axis, then bring the records to the front.
      long records = wrapped.size(0);
      Tensor table = data.reshape(outer, extent, inner);
      Tensor picked = table.index_select(1, wrapped.reshape(records * places));
      return in.shaped(picked.reshape(outer, records, places, inner).permute(1, 0, 2, 3));
    }
    long records = data.size(0);
    Tensor spread =
        wrapped.reshape(wrapped.size(0), 1, places, 1).expand(records, outer, places, inner);
    return in.shaped(data.reshape(records, outer, extent, inner).gather(2, spread));
  }
}
