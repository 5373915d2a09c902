package org.quietune.cli;

import picocli.CommandLine.Option;

/** {@code --dataset} of the ledger's commands that are about one data set. */
final class DatasetOption {
  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "NAME",
      description = "as finetune names it: its --dataset, else the private file's full path")
  private String dataset = "";

  String name() {
    return dataset;
  }
}
