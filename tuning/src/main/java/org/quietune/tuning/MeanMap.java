package org.quietune.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.quietune.data.Example;
import org.quietune.release.VectorMap;

/**
 * Maps records, and can average over several views of each. A record's mean is a function of that
 * record alone, as its vector is.
 */
interface MeanMap extends VectorMap<Example> {
  /**
   * Writes each record's mean over its views.
   *
   * @param views of a record, at least one and as many for each; a function of the record alone
   * @param out row-major, one row for each record
   */
  default void mapMeans(
      List<Example> records, Function<Example, List<Example>> views, double[] out) {
    int k = dimension();
    Arrays.fill(out, 0, records.size() * k, 0);
    for (int i = 0; i < records.size(); i++) {
      List<Example> all = views.apply(records.get(i));
      double[] vectors = new double[all.size() * k];
      map(all, vectors);
      for (int j = 0; j < vectors.length; j++) {
        out[i * k + j % k] += vectors[j] / all.size();
      }
    }
  }
}
