package org.quietune.tuning;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.PrivateRecords;

/**
 * What every fine-tuning method is given.
 *
 * @param network the model, for public data
 * @param rowwise the same model, record by record, for private data
 * @param theta the pretrained parameters
 * @param records the private records
 * @param nominalRecords the public nominal number of private records: units times records per unit
 * @param subspace the trainable directions
 * @param form of curvature on them
 * @param budget what may be spent
 */
public record FineTuningTask(
    Network network,
    RowwiseNetwork rowwise,
    double[] theta,
    PublicData publicData,
    PrivateRecords<Example> records,
    double nominalRecords,
    Subspace subspace,
    CurvatureChoice form,
    PrivacyBudget budget) {
  private static final int SMALLEST_SAMPLE = 512;
  private static final int SAMPLE_VALUES = 1 << 23;
  private static final int SAMPLE_OF_A_ROUND = 4096;

  public FineTuningTask {
    Objects.requireNonNull(records);
    Objects.requireNonNull(budget);
    if (theta.length != network.parameterCount()
        || theta.length != rowwise.parameterCount()
        || theta.length != subspace.ambientDimension()) {
      throw new IllegalArgumentException(
          "theta, networks and subspace must agree on the number of parameters");
    }
    if (!(nominalRecords >= 1) || !(nominalRecords < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("nominalRecords must be at least 1: " + nominalRecords);
    }
  }

  /** A task with the form of curvature that fits the subspace. */
  public FineTuningTask(
      Network network,
      RowwiseNetwork rowwise,
      double[] theta,
      PublicData publicData,
      PrivateRecords<Example> records,
      double nominalRecords,
      Subspace subspace,
      PrivacyBudget budget) {
    this(
        network,
        rowwise,
        theta,
        publicData,
        records,
        nominalRecords,
        subspace,
        Geometry.fitting(subspace),
        budget);
  }

  /** The same on another budget. */
  FineTuningTask withBudget(PrivacyBudget other) {
    return new FineTuningTask(
        network, rowwise, theta, publicData, records, nominalRecords, subspace, form, other);
  }

  /** The labelled public records that clip norms are computed on. */
  List<Example> labelledSample() {
    return sampleOf(publicData.labelled());
  }

  /** The public records that curvature is computed on. */
  List<Example> curvatureSample() {
    return sampleOf(publicData.inputs());
  }

  /**
   * The labelled public records whose gradients join a round's release: many, and others in each
   * round, for what a model is held to on a few records it keeps on these alone.
   */
  List<Example> labelledSample(int round) {
    return spread(publicData.labelled(), sampleSize(SAMPLE_OF_A_ROUND), round - 1);
  }

  private List<Example> sampleOf(List<Example> records) {
    return spread(records, sampleSize(SMALLEST_SAMPLE), 0);
  }

  /** As many records as keep the matrix of their gradients within a fixed size, or more. */
  private int sampleSize(int least) {
    return Math.max(least, SAMPLE_VALUES / theta.length);
  }

  /** Evenly spaced records: a table may be in the order of its labels. */
  private static List<Example> spread(List<Example> records, int count, int first) {
    int size = records.size();
    return size <= count
        ? records
        : IntStream.range(0, count)
            .mapToObj(i -> records.get((int) (((long) i * size / count + first) % size)))
            .toList();
  }

  /** The curvature of the trainable directions at {@code theta}, on public data. */
  Curvature curvature(double[] theta) {
    return form.at(network, theta, Batches.of(curvatureSample(), network.inputWidth()), subspace);
  }

  /**
   * The second moment of public gradients at {@code theta} and labels drawn uniformly, in the
   * trainable directions.
   */
  Curvature curvatureAtUnknownLabels(double[] theta) {
    List<Example> sample = spread(publicData.inputs(), SMALLEST_SAMPLE, 0);
    return form.atUnknownLabels(network, theta, Batches.of(sample, network.inputWidth()), subspace);
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
