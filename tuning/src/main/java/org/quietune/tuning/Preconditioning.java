package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quietune.data.Example;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.RowMap;
import org.quietune.geometry.Spectrum;

/**
 * What is done to a record's gradient before the clip: nothing, or {@code (H+λI)⁻¹}, H the
 * Gauss–Newton curvature at the pretrained parameters and λ its mean eigenvalue. The noise is then
 * added in the preconditioned space, and the released vector is a step itself.
 */
public enum Preconditioning {
  /** The plain gradient. */
  NONE,

  /** Curvature on public inputs. */
  PUBLIC_INPUTS,

  /**
   * Curvature on synthetic inputs that are noise but for their marginals: each column of the public
   * inputs, shifted against all others, so that no column tells anything of another.
   */
  NOISE_INPUTS;

  /** The map of a task, made when it is first needed. */
  static final class Prepared {
    private final Preconditioning kind;
    private final FineTuningTask task;
    private @Nullable GradientCoordinates map;

    private Prepared(Preconditioning kind, FineTuningTask task) {
      this.kind = kind;
      this.task = task;
    }

    GradientCoordinates get() {
      GradientCoordinates made = map;
      if (made == null) {
        made = kind.map(task);
        map = made;
      }
      return made;
    }
  }

  Prepared prepare(FineTuningTask task) {
    return new Prepared(this, task);
  }

  GradientCoordinates map(FineTuningTask task) {
    if (this == NONE) {
      return coordinates(task, task.subspace().times(1));
    }
    List<Example> sample = task.curvatureSample();
    List<Example> inputs = this == PUBLIC_INPUTS ? sample : unrelatedColumns(sample);
    int k = task.subspace().dimension();
    Spectrum spectrum =
        Spectrum.of(
            k,
            GaussNewton.dense(
                task.network(),
                task.theta(),
                Batches.of(inputs, task.network().inputWidth()),
                task.subspace()));
    return coordinates(task, task.subspace().times(spectrum.inverse(spectrum.mean())));
  }

  private static GradientCoordinates coordinates(FineTuningTask task, RowMap map) {
    return new GradientCoordinates(task.subspace().reduction(), map);
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
}
