package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.release.VectorMap;

/**
 * Maps records to the gradient of the logit of a one-logit model with cross-entropy, in public
 * coordinates and less a public vector. A record's label does not enter: the gradient of the logit
 * is the difference of the gradients of the loss at labels 0 and 1, p∇logit and (p−1)∇logit. Record
 * by record in a fixed order, as {@link GradientMap}.
 */
final class LogitMap implements VectorMap<Example> {
  private final GradientMap gradients;
  private final double[] offset;

  /**
   * The map.
   *
   * @param offset what is taken off each vector
   */
  LogitMap(FineTuningTask task, double[] theta, GradientCoordinates coordinates, double[] offset) {
    this.gradients = new GradientMap(task, theta, coordinates, RecordWeighting.none());
    this.offset = offset;
  }

  @Override
  public int dimension() {
    return offset.length;
  }

  @Override
  public void map(List<Example> records, double[] out) {
    int k = dimension();
    double[] atOne = new double[records.size() * k];
    gradients.map(labelled(records, 1), atOne);
    gradients.map(labelled(records, 0), out);
    for (int i = 0; i < atOne.length; i++) {
      out[i] = out[i] - atOne[i] - offset[i % k];
    }
  }

  private static List<Example> labelled(List<Example> records, double label) {
    return records.stream().map(record -> new Example(record.features(), label)).toList();
  }
}
