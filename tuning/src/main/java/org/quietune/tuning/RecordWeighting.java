package org.quietune.tuning;

import org.quietune.model.Batch;
import org.quietune.model.Network;

/**
 * Weights on records' vectors before the door clips them. A weighting is for accuracy only: privacy
 * rests on the door's own clip, whatever is done here.
 */
interface RecordWeighting {

  /** Scales row i of {@code vectors} (row-major, {@code dimension} wide) by record i's weight. */
  void apply(Network network, double[] theta, Batch batch, double[] vectors, int dimension);

  /** The door's norm clip alone. */
  static RecordWeighting none() {
    return (network, theta, batch, vectors, dimension) -> {};
  }

  /**
   * Mallows weighting for one-logit models: weight {@code min(1, C/(max(p, 1−p)·‖B Pᵀ∇logit‖))}.
   * The weight depends on the inputs and never on the label, so that, unlike a norm clip, it does
   * not bias the fitted probabilities toward the more common class; every weighted vector has norm
   * at most C (Mallows 1975; Cantoni and Ronchetti 2001).
   */
  static RecordWeighting mallows(double clipNorm) {
    return (network, theta, batch, vectors, dimension) -> {
      double[] bounds = labelFreeNorms(network, theta, batch, vectors, dimension);
      for (int i = 0; i < bounds.length; i++) {
        double weight = Math.min(1, clipNorm / bounds[i]);
        for (int j = i * dimension; j < (i + 1) * dimension; j++) {
          vectors[j] *= weight;
        }
      }
    };
  }

  /**
   * {@code max(p, 1−p)·‖B Pᵀ∇logit‖} per record: the larger of the two norms that its vector can
   * have as the label varies. Since the vector is {@code (p−y)·B Pᵀ∇logit}, it is the vector's norm
   * times {@code max(p, 1−p)/|p−y|}.
   */
  static double[] labelFreeNorms(
      Network network, double[] theta, Batch batch, double[] vectors, int dimension) {
    double[] logits = network.logits(theta, batch);
    double[] bounds = new double[batch.size()];
    for (int i = 0; i < bounds.length; i++) {
      double squared = 0;
      for (int j = i * dimension; j < (i + 1) * dimension; j++) {
        squared += vectors[j] * vectors[j];
      }
      // |logit| of the label's side: residual 1/(1+e^m), larger side 1/(1+e^-|m|).
      double margin = batch.labels()[i] > 0.5 ? logits[i] : -logits[i];
      double ratio = (1 + Math.exp(Math.min(margin, 700))) / (1 + Math.exp(-Math.abs(margin)));
      bounds[i] = Math.sqrt(squared) * ratio;
    }
    return bounds;
  }
}
