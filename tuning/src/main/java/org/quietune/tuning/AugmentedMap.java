package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.data.generated.ImageWarp;
import org.quietune.release.VectorMap;

/**
 * Averages a record's vector over mildly changed copies of its image ("augmentation multiplicity":
 * Fort et al. 2021; De et al. 2022). The mean is taken before the door clips, so that it costs no
 * privacy: a unit still contributes one clipped vector. What the copies differ in averages out, so
 * that clipped vectors agree better with each other, against the same noise.
 *
 * <p>How a copy is changed follows from the image itself and a public number, as {@link VectorMap}
 * demands: nothing else of the run enters.
 */
final class AugmentedMap implements VectorMap<Example> {
  private final MeanMap map;
  private final ImageShape shape;
  private final int copies;
  private final long pass;

  /**
   * A mean over copies.
   *
   * @param copies of each image
   * @param pass number of the pass over the records, so that each sees other copies
   */
  AugmentedMap(MeanMap map, ImageShape shape, int copies, long pass) {
    if (copies < 1) {
      throw new IllegalArgumentException("copies must be positive: " + copies);
    }
    this.map = map;
    this.shape = shape;
    this.copies = copies;
    this.pass = pass;
  }

  @Override
  public int dimension() {
    return map.dimension();
  }

  @Override
  public void map(List<Example> records, double[] out) {
    map.mapMeans(
        records,
        record ->
            IntStream.range(0, copies).mapToObj(c -> changed(record, pass * copies + c)).toList(),
        out);
  }

  private Example changed(Example record, long seed) {
    return ImageWarp.mild(shape, seed, Arrays.hashCode(record.features())).apply(record);
  }
}
