package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.ImageShape;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

class PublicAidTest {
  private static final ModelFile LOGISTIC = SmallTask.logistic(0.5, 3);
  private static final List<Example> OPEN = SmallTask.examples(200, 2, 1);
  private static final List<Example> CLOSED = SmallTask.examples(60, 2, 2);

  /**
   * One round with next to no noise and a clip above every norm, against the two mean gradients.
   */
  @Test
  void publicGradientsPullWithTheirWeight() {
    double step = 0.2;
    try (Network network = Network.of(LOGISTIC)) {
      FineTuningTask task =
          SmallTask.of(LOGISTIC, network, OPEN, CLOSED, 60, SmallTask.budget(2e5));
      double[] start = task.theta();
      double[] closed = network.meanGradient(start, SmallTask.batch(CLOSED));
      double[] open = network.meanGradient(start, SmallTask.batch(OPEN));
      for (double pull : new double[] {0, 0.5, 1}) {
        double[] expected = start.clone();
        for (int j = 0; j < expected.length; j++) {
          expected[j] -= step * (closed[j] + pull * open[j]);
        }
        DpDescent method = SmallTask.descent(1, 100, step).aided(new PublicAid(false, pull));
        double[] theta = method.run(task, SmallTask.seeded(1), RoundListener.silent()).theta();
        assertArrayEquals(expected, theta, 1e-4);
      }
      assertNotEquals(open[0], 0, 1e-2, "a public gradient of zero would show nothing");
    }
  }

  private static FineTuningTask ofImages(FineTuningTask table, ImageShape shape) {
    return new FineTuningTask(
        table.network(),
        table.rowwise(),
        table.theta(),
        table.publicData().withImages(Optional.of(shape)),
        table.records(),
        table.nominalRecords(),
        table.subspace(),
        table.budget());
  }

  @Test
  void onlyImagesAreCopied() {
    try (Network network = Network.of(LOGISTIC)) {
      FineTuningTask table = SmallTask.of(LOGISTIC, network, OPEN, CLOSED, 60, SmallTask.budget(1));
      FineTuningTask images = ofImages(table, new ImageShape(1, 3, 1));
      GradientMap map =
          new GradientMap(
              table,
              table.theta(),
              Preconditioning.NONE.on(table, SmallTask.seeded(1).publicStore()).before(),
              RecordWeighting.none());
      assertSame(map, new PublicAid(true, 0).on(table, map, 1));
      assertSame(map, PublicAid.NONE.on(images, map, 1));
      assertInstanceOf(AugmentedMap.class, new PublicAid(true, 0).on(images, map, 1));
      assertEquals(Map.of(), described(PublicAid.NONE, images));
      assertEquals(Map.of("publicPull", 1.0), described(new PublicAid(true, 1), table));
      assertEquals(
          Map.of("copiesOfAnImage", 8, "publicPull", 1.0),
          described(new PublicAid(true, 1), images));
    }
  }

  private static Map<String, Object> described(PublicAid aid, FineTuningTask task) {
    Map<String, Object> settings = new LinkedHashMap<>();
    aid.describe(task, settings);
    return settings;
  }

  @Test
  void copiesGrowWithNoiseWithinTheirLimits() {
    assertEquals(8, PublicAid.copies(268));
    assertEquals(4, PublicAid.copies(5001));
    assertEquals(4, PublicAid.copies(1e6));
  }

  @Test
  void refusesWeightsThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> new PublicAid(true, -1));
    assertThrows(IllegalArgumentException.class, () -> new PublicAid(true, Double.NaN));
  }
}
