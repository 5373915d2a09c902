package org.quietune.model;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How to read a model file of another tool.
 *
 * @param dimensions extents of the dimensions that the file leaves open by name, such as {@code
 *     sequence}; the first dimension of every input counts records and always stays open
 * @param output the output to train, when the file has several of type float32
 * @param trained which tensors are trained
 * @param loss what training minimizes
 * @param openRows whether a file that was exported for a fixed number of records is read as if it
 *     left that number open
 */
public record ModelOptions(
    Map<String, Integer> dimensions,
    Optional<String> output,
    TrainableSelection trained,
    Loss loss,
    boolean openRows) {
  public ModelOptions {
    dimensions = Map.copyOf(dimensions);
    dimensions.forEach(
        (name, extent) -> {
          if (extent < 1) {
            throw new IllegalArgumentException(
                "dimension " + name + " must be at least 1, was " + extent);
          }
        });
  }

  /** The only output, every trainable tensor, no open dimension, cross-entropy. */
  public static ModelOptions defaults() {
    return new ModelOptions(
        Map.of(), Optional.empty(), TrainableSelection.all(), Loss.crossEntropy(), false);
  }

  public ModelOptions withDimension(String name, int extent) {
    Map<String, Integer> more = new TreeMap<>(dimensions);
    more.put(name, extent);
    return new ModelOptions(more, output, trained, loss, openRows);
  }

  public ModelOptions withOutput(String name) {
    return new ModelOptions(dimensions, Optional.of(name), trained, loss, openRows);
  }

  public ModelOptions withTrained(TrainableSelection selection) {
    return new ModelOptions(dimensions, output, selection, loss, openRows);
  }

  public ModelOptions withLoss(Loss minimized) {
    return new ModelOptions(dimensions, output, trained, minimized, openRows);
  }

  public ModelOptions withOpenRows() {
    return new ModelOptions(dimensions, output, trained, loss, true);
  }
}
