package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * How far the quadratic model of a network's loss may be followed. It takes the outputs to be
 * linear in the parameters; where they bend, a step that is right for the model can be ruinous for
 * the network. So a step is followed, twice as far each time, as long as the outputs of public
 * records keep to its tangent, up to {@link #BEND} of what the tangent foretells, in root mean
 * square.
 *
 * <p>It reads public records and released points: post-processing, which costs no privacy
 * (docs/theory.md §4.7).
 */
final class Locality {
  static final double BEND = 0.5;

  /** The least part of a step, short enough to show the tangent. */
  static final double LEAST = 0x1p-10;

  private static final int SAMPLE = 512;

  private Locality() {}

  /**
   * The part of a step that is taken: 1, ½, ¼, … or {@link #LEAST}.
   *
   * @param from where the step starts, a released point
   * @param to where all of it would lead
   * @param publicData of which the first records are asked
   */
  static double part(Network network, double[] from, double[] to, List<Example> publicData) {
    Batch sample =
        Batches.of(
            publicData.subList(0, Math.min(SAMPLE, publicData.size())), network.inputWidth());
    double[] start = network.logits(from, sample);
    double[] nearby = network.logits(between(from, to, LEAST), sample);
    double part = LEAST;
    while (part < 1
        && keepsTo(start, nearby, network.logits(between(from, to, 2 * part), sample), 2 * part)) {
      part *= 2;
    }
    return part;
  }

  /** {@code from + part (to − from)}, the same bits everywhere. */
  static double[] between(double[] from, double[] to, double part) {
    double[] point = from.clone();
    for (int j = 0; j < point.length; j++) {
      point[j] += part * (to[j] - from[j]);
    }
    return point;
  }

  /** Whether the outputs that far along the step keep to the tangent; false where any is NaN. */
  private static boolean keepsTo(double[] start, double[] nearby, double[] there, double part) {
    double foretold = 0;
    double missed = 0;
    for (int i = 0; i < start.length; i++) {
      double tangent = (nearby[i] - start[i]) * (part / LEAST);
      double beyond = there[i] - start[i] - tangent;
      foretold += tangent * tangent;
      missed += beyond * beyond;
    }
    return missed <= BEND * BEND * foretold;
  }
}
