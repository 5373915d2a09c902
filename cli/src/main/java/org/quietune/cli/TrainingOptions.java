package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.SubspaceChoice;
import org.quietune.model.TrainableSelection;
import org.quietune.tuning.Geometry;

/**
 * What is trained, in which directions, by which curvature, as the command line names them. Texts
 * are empty where nothing was given.
 *
 * @param train as {@code --train}
 * @param subspace as {@code --subspace}
 * @param curvature as {@code --curvature}
 * @param loss as {@code --loss} and {@code --class-weights}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record TrainingOptions(String train, String subspace, String curvature, LossChoice loss) {

  TrainingOptions {
    train = RunOptions.given(train);
    subspace = RunOptions.given(subspace);
    curvature = RunOptions.given(curvature);
    loss = Objects.requireNonNullElseGet(loss, LossChoice::auto);
  }

  static TrainingOptions none() {
    return new TrainingOptions("", "", "", LossChoice.auto());
  }

  /** The trained tensors. */
  @JsonIgnore
  TrainableSelection selection() {
    return train.isEmpty() ? TrainableSelection.all() : TrainableSelection.parse(train);
  }

  /**
   * Directions and curvature.
   *
   * @throws IllegalArgumentException when a name is unknown, or they do not fit each other
   */
  @JsonIgnore
  Geometry geometry() {
    return new Geometry(
        subspace.isEmpty() ? null : SubspaceChoice.parse(subspace),
        curvature.isEmpty() ? null : CurvatureChoice.parse(curvature));
  }
}
