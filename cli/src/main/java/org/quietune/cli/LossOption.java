package org.quietune.cli;

import picocli.CommandLine.Option;

/** The {@code --loss} and {@code --class-weights} flags. */
final class LossOption {
  @Option(
      names = "--loss",
      paramLabel = "LOSS",
      defaultValue = LossChoice.AUTO,
      description =
          "auto, cross-entropy, squared or huber:THRESHOLD (in the label's unit). auto: what the"
              + " model says of itself, or by its final Sigmoid or Softmax, or by whether the public"
              + " labels are classes (default: ${DEFAULT-VALUE})")
  private String loss = LossChoice.AUTO;

  @Option(
      names = "--class-weights",
      paramLabel = "WEIGHTS",
      defaultValue = "",
      description =
          "balanced-public, by the classes' shares of the public data, or one positive number per"
              + " class separated by commas; never from private records")
  private String classWeights = "";

  /** What was asked for, its words checked. */
  LossChoice of(Flags flags) {
    LossChoice choice = new LossChoice(loss, classWeights);
    flags.accepts(choice::requireSense, "");
    return choice;
  }
}
