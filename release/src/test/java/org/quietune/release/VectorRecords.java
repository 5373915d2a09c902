package org.quietune.release;

import java.util.List;

/** Records that are their own vectors. */
record VectorRecords(int dimension) implements VectorMap<double[]> {
  @Override
  public void map(List<double[]> records, double[] out) {
    for (int i = 0; i < records.size(); i++) {
      System.arraycopy(records.get(i), 0, out, i * dimension, dimension);
    }
  }
}
