package org.quietune.tuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import org.quietune.geometry.Subspace;
import org.quietune.release.FolderPublicStore;
import org.quietune.release.NoisySum;

/**
 * The post-processing of a finished run, from what its folder holds: where the parameters end that
 * start at the pretrained ones and take the step of each stored sum. Every method ends in such
 * steps; the arithmetic is {@link Round#step}, the run's own.
 */
public final class Replay {
  private final Path publicFolder;

  /**
   * A replay.
   *
   * @param publicFolder with the run's public values
   */
  public Replay(Path publicFolder) {
    this.publicFolder = publicFolder;
  }

  /**
   * The parameters that follow.
   *
   * @param theta the pretrained parameters
   * @param units as stated; empty where the run bought a count
   * @param sums by name, in the order of their release
   * @throws IOException when a file cannot be read, or the files do not fit each other
   */
  public double[] theta(
      double[] theta, OptionalDouble units, double recordsPerUnit, Map<String, NoisySum> sums)
      throws IOException {
    Subspace subspace = FolderPublicStore.read(file("subspace"), new SubspaceFormat());
    require(subspace.ambientDimension() == theta.length, "subspace");
    NoisySum count = sums.get(UnitCount.NAME);
    if (units.isPresent() == (count != null)) {
      throw new IOException("a number of units must be either stated or bought");
    }
    double nominalRecords =
        FineTuning.nominalRecords(
            count == null ? units.orElseThrow() : UnitCount.value(count), recordsPerUnit);
    double[] moved = theta;
    for (Map.Entry<String, NoisySum> entry : sums.entrySet()) {
      if (!entry.getKey().equals(UnitCount.NAME)) {
        Round round = FolderPublicStore.read(file(entry.getKey()), new RoundFormat());
        NoisySum sum = entry.getValue();
        require(
            sum.plan().clip().equals(round.clip())
                && sum.plan().noise().equals(round.noise())
                && sum.plan().dimension() == round.whitener().dimension()
                && subspace.dimension() == round.whitener().dimension(),
            entry.getKey());
        moved = round.step(subspace, nominalRecords, moved, sum);
      }
    }
    return moved;
  }

  private Path file(String name) {
    return publicFolder.resolve(name + ".bin");
  }

  private void require(boolean fits, String name) throws IOException {
    if (!fits) {
      throw new IOException(file(name) + " does not fit the run's other files");
    }
  }
}
