package org.quietune.tuning;

import java.util.Objects;
import org.quietune.data.Example;
import org.quietune.geometry.Subspace;
import org.quietune.model.Batch;
import org.quietune.model.Network;
import org.quietune.release.PrivateRecords;

/**
 * What every fine-tuning method is given.
 *
 * @param network the model
 * @param theta the pretrained parameters
 * @param publicData public records with labels
 * @param records the private records
 * @param nominalRecords the public nominal number of private records: units times records per unit
 * @param subspace the trainable directions
 * @param budget what may be spent
 */
public record FineTuningTask(
    Network network,
    double[] theta,
    Batch publicData,
    PrivateRecords<Example> records,
    double nominalRecords,
    Subspace subspace,
    PrivacyBudget budget) {

  public FineTuningTask {
    Objects.requireNonNull(network);
    Objects.requireNonNull(publicData);
    Objects.requireNonNull(records);
    Objects.requireNonNull(budget);
    if (theta.length != network.parameterCount() || subspace.ambientDimension() != theta.length) {
      throw new IllegalArgumentException(
          "theta, network and subspace must agree on the number of parameters");
    }
    if (!(nominalRecords >= 1) || !(nominalRecords < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("nominalRecords must be at least 1: " + nominalRecords);
    }
  }

  /** {@code theta + P step}. */
  double[] moved(double[] theta, double[] step) {
    double[] displacement = subspace.lift(step);
    double[] moved = theta.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += displacement[i];
    }
    return moved;
  }
}
