package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.quietune.data.DataFile;
import org.quietune.data.ImageShape;
import org.quietune.data.PublicTable;
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
 * @param curvatureData as {@code --curvature-data}
 * @param augmentation as {@code --augmentation}
 * @param publicPull as {@code --public-pull}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record TrainingOptions(
    String train,
    String subspace,
    String curvature,
    LossChoice loss,
    String curvatureData,
    String augmentation,
    @Nullable Double publicPull) {
  private static final String NO_AUGMENTATION = "none";

  TrainingOptions {
    train = RunOptions.given(train);
    subspace = RunOptions.given(subspace);
    curvature = RunOptions.given(curvature);
    loss = Objects.requireNonNullElseGet(loss, LossChoice::auto);
    curvatureData = RunOptions.given(curvatureData);
    augmentation = RunOptions.given(augmentation);
    if (!List.of("", "auto", NO_AUGMENTATION).contains(augmentation)) {
      throw new IllegalArgumentException("--augmentation is auto or none, not " + augmentation);
    }
    if (publicPull != null && (!(publicPull >= 0) || publicPull.isInfinite())) {
      throw new IllegalArgumentException(
          "--public-pull is a finite weight of at least 0, not " + publicPull);
    }
  }

  static TrainingOptions none() {
    return new TrainingOptions("", "", "", LossChoice.auto(), "", "", null);
  }

  /** The same with the inputs of the curvature on another path; an empty one stays. */
  TrainingOptions at(String curvaturePath) {
    return curvaturePath.isEmpty()
        ? this
        : new TrainingOptions(
            train, subspace, curvature, loss, curvaturePath, augmentation, publicPull);
  }

  /** The file of the curvature's inputs; empty where they are the public ones. */
  @JsonIgnore
  Optional<DataFile> curvatureFile() {
    return curvatureData.isEmpty()
        ? Optional.empty()
        : Optional.of(DataFile.ofInputs(curvatureData));
  }

  /** What private images may be taken for, so that methods can change copies of them. */
  @JsonIgnore
  Optional<ImageShape> augmented(PublicTable table) {
    return augmentation.equals(NO_AUGMENTATION) ? Optional.empty() : table.images();
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
