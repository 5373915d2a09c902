package org.quietune.tuning;

import java.util.List;
import java.util.Map;
import org.quietune.data.Example;
import org.quietune.geometry.Description;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Subspace;
import org.quietune.release.VectorMap;

/**
 * What a record's inputs foretell of its gradient, whatever its label: {@code v = M Pᵀ∇logit − b}.
 * Public ({@link ForetoldGradients}).
 *
 * @param matrix Mᵀ, row-major, as many rows as the subspace has dimensions
 * @param offset b
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
record Foretelling(double[] matrix, double[] offset) {
  private static final String KIND = "foretelling";

  /** v of public records whose ∇logit in the subspace is known: {@code inputs}, row-major. */
  double[] rows(int count, double[] inputs) {
    double[] rows = new double[Math.multiplyExact(count, offset.length)];
    linear(inputs.length / count).apply(inputs, count, rows, 0);
    for (int i = 0; i < rows.length; i++) {
      rows[i] -= offset[i % offset.length];
    }
    return rows;
  }

  VectorMap<Example> map(FineTuningTask task, double[] theta) {
    Subspace subspace = task.subspace();
    RowMap coordinates = subspace.coordinates().then(linear(subspace.dimension()));
    return new LogitMap(
        task, theta, new GradientCoordinates(subspace.reduction(), coordinates), offset);
  }

  private RowMap linear(int inputs) {
    return RowMap.matrix(inputs, offset.length, matrix);
  }

  /** What makes it, and what it goes with, again. */
  Description with(Description other) {
    return Description.of(
        KIND, Map.of(), Map.of("matrix", matrix, "offset", offset), List.of(other));
  }

  static boolean isIn(Description description) {
    return description.kind().equals(KIND);
  }

  static Foretelling of(Description description) {
    return new Foretelling(
        description.array("matrix").clone(), description.array("offset").clone());
  }
}
