package org.quietune.tuning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.quietune.data.Example;
import org.quietune.geometry.Curvature;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;
import org.quietune.model.Batch;
import org.quietune.release.PublicStore;

/**
 * Where the inverse curvature {@code (H+λI)⁻¹} goes, H the Gauss–Newton curvature at the pretrained
 * parameters from public inputs: nowhere, on each record's gradient before clip and noise, or on
 * the noisy sum. With M = H+λI, G the clipped gradient sum and one round, noise before the inverse
 * is <em>objective perturbation</em> of the public quadratic model of the loss ({@code argmin ½zᵀMz
 * + (G+b)ᵀz = −M⁻¹(G+b)}), and noise after it <em>output perturbation</em> of the same ({@code
 * −(M⁻¹G + b)}). Why of that model, and not of the loss: docs/adr/0016-baselines.md.
 *
 * @param place where the inverse goes
 * @param inputs from which inputs H comes
 * @param dampingMultiple λ over the mean eigenvalue of H
 */
public record Preconditioning(Place place, Inputs inputs, double dampingMultiple) {
  /** Where the inverse goes. */
  public enum Place {
    /** Nowhere: the plain gradient. */
    NOWHERE,
    /** Before the clip: the noise is added in the preconditioned space. */
    BEFORE_NOISE,
    /** On the noisy sum. */
    AFTER_NOISE
  }

  /** Which inputs H is computed on. */
  public enum Inputs {
    /** The public records'. */
    PUBLIC,
    /**
     * Noise but for its marginals: each column of the public inputs, shifted against all others, so
     * that no column tells anything of another.
     */
    NOISE
  }

  /** The plain gradient. */
  public static final Preconditioning NONE = new Preconditioning(Place.NOWHERE, Inputs.PUBLIC, 1);

  /** Before the noise, damped by the mean eigenvalue, from either kind of inputs. */
  static List<Preconditioning> beforeNoise() {
    return Arrays.stream(Inputs.values())
        .map(inputs -> new Preconditioning(Place.BEFORE_NOISE, inputs, 1))
        .toList();
  }

  public Preconditioning {
    Objects.requireNonNull(place);
    Objects.requireNonNull(inputs);
    if (!(dampingMultiple > 0) || !(dampingMultiple < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "dampingMultiple must be positive and finite: " + dampingMultiple);
    }
  }

  /**
   * Both sides of the noise, for one task.
   *
   * @param before on a record's gradient
   * @param after on a noisy mean
   */
  record Maps(GradientCoordinates before, UnaryOperator<double[]> after) {}

  /** The maps, with the curvature that the run keeps. */
  Maps on(FineTuningTask task, PublicStore store) {
    if (place == Place.NOWHERE) {
      return new Maps(coordinates(task, task.subspace().times(1)), v -> v);
    }
    if (Geometry.isWide(task.subspace())) {
      return factored(
          task, store.keep("inverse-curvature", new WhitenerFormat(), () -> factoredInverse(task)));
    }
    double[] inverse = store.keep("inverse-curvature", new MatrixFormat(), () -> inverse(task));
    return place == Place.BEFORE_NOISE
        ? new Maps(coordinates(task, task.subspace().times(inverse)), v -> v)
        : new Maps(coordinates(task, task.subspace().times(1)), v -> product(inverse, v));
  }

  private double[] inverse(FineTuningTask task) {
    Spectrum spectrum =
        Spectrum.of(
            task.subspace().dimension(),
            GaussNewton.dense(task.network(), task.theta(), examples(task), task.subspace()));
    return spectrum.inverse(dampingMultiple * spectrum.mean());
  }

  /**
   * Where directions are too many for a matrix. With D the damped eigenvalues and R the directions,
   * the whitener is {@code B = D^{-1/2}Rᵀ}. Before the noise a gradient is {@code D⁻¹Rᵀg}, which is
   * the preconditioned one in turned coordinates: as long, and isotropic noise is the same in both.
   */
  private Maps factored(FineTuningTask task, Whitener whitener) {
    if (place == Place.AFTER_NOISE) {
      return new Maps(
          coordinates(task, task.subspace().times(1)), v -> whitener.unwhiten(whitener.whiten(v)));
    }
    double[] values = whitener.spectrum();
    double[] roots = new double[values.length];
    for (int j = 0; j < roots.length; j++) {
      roots[j] = 1 / Math.sqrt(values[j] + whitener.damping());
    }
    GradientCoordinates white = whitener.whitening(task.subspace());
    return new Maps(
        new GradientCoordinates(white.reduction().times(roots), white.map()),
        v -> whitener.unwhiten(quotient(v, roots)));
  }

  private Whitener factoredInverse(FineTuningTask task) {
    Curvature curvature =
        task.form().at(task.network(), task.theta(), examples(task), task.subspace());
    return curvature.whitener(dampingMultiple * curvature.mean());
  }

  private Batch examples(FineTuningTask task) {
    List<Example> sample = task.curvatureSample();
    List<Example> examples = inputs == Inputs.PUBLIC ? sample : unrelatedColumns(sample);
    return Batches.of(examples, task.network().inputWidth());
  }

  private static GradientCoordinates coordinates(FineTuningTask task, RowMap map) {
    return new GradientCoordinates(task.subspace().reduction(), map);
  }

  private static double[] quotient(double[] v, double[] by) {
    double[] quotient = new double[v.length];
    for (int j = 0; j < v.length; j++) {
      quotient[j] = v[j] / by[j];
    }
    return quotient;
  }

  private static double[] product(double[] matrix, double[] vector) {
    double[] product = new double[vector.length];
    for (int i = 0; i < vector.length; i++) {
      for (int j = 0; j < vector.length; j++) {
        product[i] += matrix[i * vector.length + j] * vector[j];
      }
    }
    return product;
  }

  /** Column j of record i comes from record i + 1 + 7919·j, around the end of the list. */
  static List<Example> unrelatedColumns(List<Example> examples) {
    List<Example> mixed = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      Example example = examples.get(i);
      float[] features = new float[example.features().length];
      for (int j = 0; j < features.length; j++) {
        int from = (int) ((i + 1L + 7919L * j) % examples.size());
        features[j] = examples.get(from).features()[j];
      }
      mixed.add(new Example(features, example.label()));
    }
    return mixed;
  }

  @Override
  public String toString() {
    return place == Place.NOWHERE
        ? "none"
        : "(H + %.3g·mean)⁻¹ %s, H from %s inputs"
            .formatted(
                dampingMultiple,
                place == Place.BEFORE_NOISE ? "before noise" : "after noise",
                inputs == Inputs.PUBLIC ? "public" : "noise");
  }
}
