package org.quietune.tuning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/** Matrices as they are kept: the body is their entries, row-major, 64-bit, big endian. */
final class MatrixFormat implements PublicFormat<double[]> {

  @Override
  public PublicValue encode(double[] matrix) {
    ByteBuffer body = ByteBuffer.allocate(Math.multiplyExact(matrix.length, Double.BYTES));
    body.asDoubleBuffer().put(matrix);
    return new PublicValue(
        JsonNodeFactory.instance.objectNode().put("kind", "matrix"), body.array());
  }

  @Override
  public double[] decode(PublicValue stored) {
    double[] matrix = new double[stored.body().length / Double.BYTES];
    ByteBuffer.wrap(stored.body()).asDoubleBuffer().get(matrix);
    return matrix;
  }
}
