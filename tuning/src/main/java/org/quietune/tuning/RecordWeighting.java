package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;

/**
 * Weights on records' vectors before the door clips them. A weighting is for accuracy only: privacy
 * rests on the door's own clip, whatever is done here. A record's weight depends on that record
 * alone, and is computed with {@link StrictMath}, whose bits are the same everywhere.
 */
interface RecordWeighting {
  /** See {@link #none}. */
  RecordWeighting NONE = (records, logits, vectors, dimension) -> {};

  /**
   * Scales row i of {@code vectors} (row-major, {@code dimension} wide) by record i's weight.
   *
   * @param logits row-major, one row per record
   */
  void apply(List<Example> records, double[] logits, double[] vectors, int dimension);

  /** The door's norm clip alone. */
  static RecordWeighting none() {
    return NONE;
  }

  /**
   * Mallows weighting for one-logit models: weight {@code min(1, C/(max(p, 1−p)·‖B Pᵀ∇logit‖))}.
   * The weight depends on the inputs and never on the label, so that, unlike a norm clip, it does
   * not bias the fitted probabilities toward the more common class; every weighted vector has norm
   * at most C up to rounding (Mallows 1975; Cantoni and Ronchetti 2001).
   */
  static RecordWeighting mallows(double clipNorm) {
    return (records, logits, vectors, dimension) -> {
      for (int i = 0; i < records.size(); i++) {
        double bound =
            labelFreeNorm(vectors, i * dimension, dimension, logits[i], records.get(i).label());
        double weight = Math.min(1, clipNorm / bound);
        for (int j = i * dimension; j < (i + 1) * dimension; j++) {
          vectors[j] *= weight;
        }
      }
    };
  }

  /**
   * {@code max(p, 1−p)·‖B Pᵀ∇logit‖} of one record: the larger of the two norms that its vector can
   * have as the label varies. Since the vector is {@code (p−y)·B Pᵀ∇logit}, it is the vector's norm
   * times {@code max(p, 1−p)/|p−y|}.
   */
  static double labelFreeNorm(
      double[] vectors, int offset, int dimension, double logit, double label) {
    // |p−y| = 1/(1+e^margin) and max(p, 1−p) = 1/(1+e^−|margin|); beyond 700 e^margin overflows.
    double margin = label > 0.5 ? logit : -logit;
    double ratio =
        (1 + StrictMath.exp(Math.min(margin, 700))) / (1 + StrictMath.exp(-Math.abs(margin)));
    return norm(vectors, offset, dimension) * ratio;
  }

  /** The norm of one row. */
  static double norm(double[] vectors, int offset, int dimension) {
    double squared = 0;
    for (int j = offset; j < offset + dimension; j++) {
      squared += vectors[j] * vectors[j];
    }
    return Math.sqrt(squared);
  }
}
