package org.quietune.tuning;

import java.util.List;
import org.quietune.data.Example;
import org.quietune.model.Batch;
import org.quietune.model.Network;

/** Packs examples into the model's batch form. */
public final class Batches {
  private static final int PRINCIPAL_SAMPLE = 1024;

  private Batches() {}

  /** The public records from which principal directions are found. */
  static Batch principalSample(Network network, List<Example> publicData) {
    return of(
        publicData.subList(0, Math.min(PRINCIPAL_SAMPLE, publicData.size())), network.inputWidth());
  }

  /** A batch of all {@code examples}, in order. */
  public static Batch of(List<Example> examples, int width) {
    float[] features = new float[examples.size() * width];
    double[] labels = new double[examples.size()];
    for (int i = 0; i < labels.length; i++) {
      Example example = examples.get(i);
      System.arraycopy(example.features(), 0, features, i * width, width);
      labels[i] = example.label();
    }
    return new Batch(labels.length, width, features, labels);
  }
}
