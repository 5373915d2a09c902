package org.quietune.cli;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quietune.data.DataFile;
import picocli.CommandLine.Option;

/** The {@code --label} flag: tables need it, images bring their labels with them. */
final class LabelOption {
  @Option(
      names = "--label",
      paramLabel = "Y",
      description = "label column; left out with images, whose labels come with them")
  private @Nullable String label;

  /** The label column of all the files of a command. */
  String of(Flags flags, DataFile... files) {
    long images = Arrays.stream(files).filter(file -> file.images().isPresent()).count();
    flags.require(
        images == 0 || images == files.length, "tables and images cannot be mixed in one command");
    if (images > 0) {
      flags.require(label == null, "--label is for tables: the labels come with the images");
      return files[0].labelColumn().orElseThrow();
    }
    flags.require(label != null, "Missing required option: '--label=Y'");
    return Objects.requireNonNull(label);
  }
}
