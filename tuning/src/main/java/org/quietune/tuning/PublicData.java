package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;

/**
 * What is known of a task without looking at a private record: clip norms, directions and curvature
 * come from it. It must not depend on the private records in any way; the guarantee holds for
 * public data only.
 *
 * @param labelled records with labels
 * @param inputs records that curvature is computed on, in the order in which they are used; their
 *     labels may be missing (NaN)
 * @param images what all records are images of, the private ones too, where a mild change (some
 *     degrees, a tenth in size, some pixels) leaves them what they are; methods then may average
 *     over changed copies
 */
public record PublicData(
    List<Example> labelled, List<Example> inputs, Optional<ImageShape> images) {
  /** Of an even share. */
  private static final double LEAST_SHARE = 0.1;

  /** Records whose curvature is computed on themselves. */
  public static PublicData of(List<Example> labelled) {
    return new PublicData(labelled, labelled, Optional.empty());
  }

  /**
   * Whether each of a model's classes is well among the labelled records: with at least a tenth of
   * an even share.
   */
  boolean covers(int classes) {
    double[] counts = new double[classes];
    labelled.forEach(example -> counts[(int) example.label()]++);
    double least = LEAST_SHARE * labelled.size() / classes;
    return Arrays.stream(counts).allMatch(count -> count >= least);
  }

  /** The same where the records are images of that shape, or none. */
  public PublicData withImages(Optional<ImageShape> shape) {
    return new PublicData(labelled, inputs, shape);
  }

  /** The same with curvature computed on other records. */
  public PublicData withInputs(List<Example> others) {
    return new PublicData(labelled, others, images);
  }
}
