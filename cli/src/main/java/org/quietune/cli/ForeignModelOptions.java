package org.quietune.cli;

import picocli.CommandLine.Option;

/** The flags for a model file of another tool that does not tell by itself how it is used. */
final class ForeignModelOptions {
  @Option(
      names = "--dims",
      paramLabel = "NAME=EXTENT,…",
      defaultValue = "",
      description = "extents of dimensions that the model leaves open by name: sequence=128")
  private String dims = "";

  @Option(
      names = "--open-rows",
      description =
          "read a model that was exported for a fixed number of rows as if it left that number"
              + " open; the fine-tuned model leaves it open")
  private boolean openRows;

  @Option(
      names = "--output",
      paramLabel = "NAME",
      defaultValue = "",
      description = "the model's output to train, where it has several")
  private String output = "";

  @Option(
      names = "--inputs",
      paramLabel = "INPUT=COLUMNS,…",
      defaultValue = "",
      description =
          "columns that feed each input of the model: INPUT=COLUMN, or INPUT=PREFIX* for all that"
              + " begin so, in the order of the public table")
  private String inputs = "";

  @Option(
      names = "--head",
      paramLabel = "linear:K",
      defaultValue = "",
      description =
          "put a last layer on the model's output ([N, features], or the first position of"
              + " [N, positions, features]) for K classes, or a number with linear:1; it is"
              + " pretrained on the public data")
  private String head = "";

  /** What was asked for, its words checked. */
  ForeignModel of(Flags flags) {
    ForeignModel foreign = new ForeignModel(dims, openRows, output, inputs, head);
    flags.accepts(
        () -> {
          foreign.requireSense();
          return foreign;
        },
        "");
    return foreign;
  }
}
