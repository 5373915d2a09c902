package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.GaussNewton;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Spectrum;
import org.quietune.geometry.Whitener;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.release.VectorPieces;

/** On the way from a private record to its vector nothing may depend on other records. */
class GradientMapTest {
  private static final int COUNT = 37;

  private static List<Example> hostileExamples(int classes, long seed) {
    List<Example> examples = new ArrayList<>(SmallTask.examples(COUNT, classes, seed));
    float[][] hostile = {
      {Float.NaN, 1, 2},
      {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0},
      {1e38f, -1e38f, Float.MIN_VALUE}
    };
    for (int i = 0; i < hostile.length; i++) {
      examples.set(5 * i, new Example(hostile[i], 1));
    }
    return examples;
  }

  private static Whitener whitener(FineTuningTask task) {
    int k = task.subspace().dimension();
    double[] h =
        GaussNewton.dense(
            task.network(),
            task.theta(),
            SmallTask.batch(task.publicData().labelled()),
            task.subspace());
    return new SpectralWhitener(Spectrum.of(k, h), 0.1);
  }

  /** The same bits alone, in any order and in any company. */
  @Property(tries = 15)
  void aVectorDependsOnItsRecordAlone(@ForAll long seed) {
    for (int classes : new int[] {2, 3}) {
      ModelFile model = SmallTask.mlp(classes, 5, seed);
      List<Example> records = hostileExamples(classes, seed);
      try (Network network = Network.of(model)) {
        FineTuningTask task =
            SmallTask.of(
                model,
                network,
                SmallTask.examples(50, classes, 1),
                records,
                COUNT,
                SmallTask.budget(1));
        RecordWeighting weighting =
            classes == 2 ? RecordWeighting.mallows(0.3) : RecordWeighting.none();
        GradientMap map = new GradientMap(task, task.theta(), whitener(task), weighting);
        int k = map.dimension();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
          order.add(i);
        }
        Collections.shuffle(order, new Random(seed));
        List<Example> shuffled = order.stream().map(records::get).toList();
        double[] together = new double[COUNT * k];
        map.map(shuffled, together);
        for (int place = 0; place < COUNT; place++) {
          double[] alone = new double[k];
          map.map(List.of(shuffled.get(place)), alone);
          assertArrayEquals(
              bits(alone), bits(Arrays.copyOfRange(together, place * k, (place + 1) * k)));
        }
      }
    }
  }

  /** What the door is shown piece by piece is what whole vectors hold, to the last bit. */
  @Test
  void piecesAreThoseOfTheVectors() {
    ModelFile model = SmallTask.mlp(3, 5, 3);
    List<Example> records = hostileExamples(3, 2);
    try (Network network = Network.of(model)) {
      FineTuningTask task =
          SmallTask.of(
              model, network, SmallTask.examples(50, 3, 1), records, COUNT, SmallTask.budget(1));
      Whitener kfac =
          CurvatureChoice.parse("kfac")
              .at(
                  network,
                  task.theta(),
                  SmallTask.batch(task.publicData().labelled()),
                  task.subspace())
              .whitener(0.1);
      for (Whitener whitener : List.of(kfac, whitener(task))) {
        GradientMap map = new GradientMap(task, task.theta(), whitener, RecordWeighting.none());
        int k = map.dimension();
        double[] whole = new double[COUNT * k];
        map.map(records, whole);
        VectorPieces<Example> pieces = map.pieces();
        double[] out = new double[VectorPieces.LONGEST];
        for (int from = 0; from < COUNT; from += pieces.blockSize()) {
          int to = Math.min(COUNT, from + pieces.blockSize());
          pieces.prepare(records.subList(from, to));
          for (int p = 0; p < pieces.count(); p++) {
            for (int i = from; i < to; i++) {
              pieces.write(p, i - from, out);
              int at = i * k + pieces.start(p);
              assertArrayEquals(
                  bits(Arrays.copyOfRange(whole, at, at + pieces.length(p))),
                  bits(Arrays.copyOf(out, pieces.length(p))));
            }
          }
        }
      }
    }
  }

  private static long[] bits(double[] values) {
    return Arrays.stream(values).mapToLong(Double::doubleToLongBits).toArray();
  }

  /** {@code B ∇ℓ} with the gradient from the batched network and B from its own definition. */
  @Test
  void isTheWhitenedGradient() {
    for (int classes : new int[] {2, 3}) {
      ModelFile model = SmallTask.mlp(classes, 5, 3);
      List<Example> records = SmallTask.examples(COUNT, classes, 4);
      try (Network network = Network.of(model)) {
        FineTuningTask task =
            SmallTask.of(
                model,
                network,
                SmallTask.examples(50, classes, 1),
                records,
                COUNT,
                SmallTask.budget(1));
        Whitener whitener = whitener(task);
        GradientMap map = new GradientMap(task, task.theta(), whitener, RecordWeighting.none());
        int k = map.dimension();
        double[] vectors = new double[COUNT * k];
        double[] logits = new double[COUNT * network.outputs()];
        map.map(records, vectors, logits);
        double[] gradients = new double[COUNT * k];
        network.perExampleGradients(task.theta(), SmallTask.batch(records), gradients);
        for (int i = 0; i < COUNT; i++) {
          for (int j = 0; j < k; j++) {
            // ⟨Bg, e_j⟩ = ⟨g, Bᵀe_j⟩; whitened vectors are about 3 times as long at damping 0.1.
            double[] unit = new double[k];
            unit[j] = 1;
            double[] row = whitener.unwhiten(unit);
            double expected = 0;
            for (int l = 0; l < k; l++) {
              expected += row[l] * gradients[i * k + l];
            }
            assertEquals(expected, vectors[i * k + j], 2e-5);
          }
        }
        assertArrayEquals(network.logits(task.theta(), SmallTask.batch(records)), logits, 1e-5);
      }
    }
  }
}
