package org.quietune.tuning;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.release.PublicStore;
import org.quietune.release.VectorMap;

/**
 * What a method in rounds may take beyond the private records as they are: mildly changed copies of
 * each image, and the gradients of public records. Neither costs privacy: copies are averaged
 * before the clip ({@link AugmentedMap}), public gradients are added after the release.
 *
 * @param copies whether gradients of images are averaged over copies ("augmentation multiplicity",
 *     De et al. 2022); without effect where the records are no images
 * @param pull weight of the clipped mean gradient of public records beside the mean over private
 *     ones, which mixes the two as Amid et al. (2022) do; not negative
 */
record PublicAid(boolean copies, double pull) {
  static final PublicAid NONE = new PublicAid(false, 0);

  /** Copies times n̄μ, between the fewest and the most copies. */
  private static final double COPIES_TIMES_SIGNAL = 20_000;

  private static final int MOST_COPIES = 8;

  /** Where noise is small, copies are still what makes gradients general. */
  private static final int FEWEST_COPIES = 4;

  PublicAid {
    requireWeight(pull);
  }

  /** Refuses a weight of public gradients that is none. */
  static void requireWeight(double pull) {
    if (!(pull >= 0) || !(pull < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("pull must be finite and not negative: " + pull);
    }
  }

  /** Copies of an image that a gradient is averaged over: the more noise, the more. */
  static int copies(double signal) {
    double copies = Math.ceil(COPIES_TIMES_SIGNAL / signal);
    return (int) Math.max(FEWEST_COPIES, Math.min(MOST_COPIES, copies));
  }

  /**
   * A round's map, over copies where there are any.
   *
   * @param pass number of the round, so that each sees other copies
   */
  VectorMap<Example> on(FineTuningTask task, MeanMap map, int pass) {
    Optional<ImageShape> images = task.publicData().images();
    return copies && images.isPresent()
        ? new AugmentedMap(map, images.get(), copiesIn(task), pass)
        : map;
  }

  /**
   * Adds the pull of public records to a private sum.
   *
   * @param sum changed in place
   * @param records that are summed, in the mean
   * @param round name of the release; the public gradients are kept under {@code round-public}
   * @param clippedMean of public records' gradients, in the sum's coordinates and under its clip;
   *     asked only where it is used and not kept
   */
  void addTo(
      double[] sum,
      double records,
      PublicStore store,
      String round,
      Supplier<double[]> clippedMean) {
    if (pull == 0) {
      return;
    }
    double[] known = store.keep(round + "-public", new MatrixFormat(), clippedMean);
    for (int j = 0; j < sum.length; j++) {
      sum[j] += pull * records * known[j];
    }
  }

  /** For the certificate. */
  void describe(FineTuningTask task, Map<String, Object> settings) {
    if (copies && task.publicData().images().isPresent()) {
      settings.put("copiesOfAnImage", copiesIn(task));
    }
    if (pull > 0) {
      settings.put("publicPull", pull);
    }
  }

  private static int copiesIn(FineTuningTask task) {
    return copies(GaussianBudget.in(task).signal(task.nominalRecords()));
  }
}
