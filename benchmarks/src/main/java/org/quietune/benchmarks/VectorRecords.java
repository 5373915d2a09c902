package org.quietune.benchmarks;

import java.util.Iterator;
import java.util.List;
import org.quietune.release.PrivateRecords;
import org.quietune.release.VectorMap;

/**
 * Records in memory that are their own vectors, each a privacy unit. Mapping them copies, so what
 * is timed is the door and not a model.
 */
record VectorRecords(int dimension) implements VectorMap<double[]> {

  static PrivateRecords<double[]> sealed(List<double[]> vectors) {
    return PrivateRecords.seal(() -> new ListCursor(vectors.iterator()), "record");
  }

  @Override
  public void map(List<double[]> records, double[] out) {
    for (int i = 0; i < records.size(); i++) {
      System.arraycopy(records.get(i), 0, out, i * dimension, dimension);
    }
  }

  private static final class ListCursor implements PrivateRecords.Cursor<double[]> {
    private final Iterator<double[]> rest;
    private double[] current = new double[0];

    ListCursor(Iterator<double[]> rest) {
      this.rest = rest;
    }

    @Override
    public boolean advance() {
      if (!rest.hasNext()) {
        return false;
      }
      current = rest.next();
      return true;
    }

    @Override
    public double[] record() {
      return current;
    }

    @Override
    public boolean startsUnit() {
      return true;
    }

    @Override
    public void close() {}
  }
}
