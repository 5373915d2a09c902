package org.quietune.experiments.mnist;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.quietune.data.DataFile;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;

/**
 * The published images.
 *
 * @param train 60,000 of them, in the order of the file
 * @param test 10,000
 */
record Digits(List<Example> train, List<Example> test) {

  /**
   * Reads the four files.
   *
   * @param directory holds them under the names that they were published with
   * @throws org.quietune.data.InvalidDataException if one is missing or damaged
   */
  static Digits read(Path directory) {
    return new Digits(read(directory, "train"), read(directory, "t10k"));
  }

  private static List<Example> read(Path directory, String set) {
    Path images = directory.resolve(set + "-images-idx3-ubyte.gz");
    Path labels = directory.resolve(set + "-labels-idx1-ubyte.gz");
    return PublicTable.read(DataFile.of("idx:" + images + "," + labels), "label", Set.of()).rows();
  }
}
