package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.data.Example;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

/** How far a step goes along which a model bends. */
class LocalityTest {
  private static final List<Example> PUBLIC = SmallTask.examples(300, 2, 5);

  private static double[] moved(double[] from, double length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] to = from.clone();
    for (int j = 0; j < to.length; j++) {
      to[j] += random.nextDouble(-length, length);
    }
    return to;
  }

  /** Root mean square of what the outputs miss of the tangent at the start, over the latter. */
  private static double bend(Network network, double[] from, double[] to, double part) {
    double little = 1e-3;
    double[] start = network.logits(from, SmallTask.batch(PUBLIC));
    double[] near =
        network.logits(Locality.between(from, to, little * part), SmallTask.batch(PUBLIC));
    double[] there = network.logits(Locality.between(from, to, part), SmallTask.batch(PUBLIC));
    double bent = 0;
    double straight = 0;
    for (int i = 0; i < start.length; i++) {
      double tangent = (near[i] - start[i]) / little;
      bent += Math.pow(there[i] - start[i] - tangent, 2);
      straight += Math.pow(tangent, 2);
    }
    return Math.sqrt(bent / straight);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 1, 1e4})
  void aLinearModelIsFollowedAllTheWay(double length) {
    ModelFile model = SmallTask.logistic(0.5, 3);
    try (Network network = Network.of(model)) {
      double[] from = model.parameterValues();
      assertEquals(1, Locality.part(network, from, moved(from, length, 1), PUBLIC));
    }
  }

  /** The part taken passes, and twice of it does not. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aBentModelIsFollowedAsFarAsItIsStraight(long seed) {
    ModelFile model = SmallTask.mlp(2, 6, 3);
    try (Network network = Network.of(model)) {
      double[] from = model.parameterValues();
      double[] to = moved(from, 20, seed);
      double part = Locality.part(network, from, to, PUBLIC);
      assertTrue(part < 1 && part > Locality.LEAST, "part " + part);
      assertTrue(bend(network, from, to, part) < 1.1 * Locality.BEND);
      assertTrue(bend(network, from, to, 2 * part) > 0.9 * Locality.BEND);
      assertEquals(1, Locality.part(network, from, moved(from, 1e-2, seed), PUBLIC));
    }
  }

  @Test
  void aStepToNowhereIsCutToTheLeastPart() {
    ModelFile model = SmallTask.mlp(2, 6, 3);
    try (Network network = Network.of(model)) {
      double[] from = model.parameterValues();
      double[] to = from.clone();
      to[0] = Double.NaN;
      assertEquals(Locality.LEAST, Locality.part(network, from, to, PUBLIC));
    }
  }

  /** What the mechanism says it took of each step is what its rounds took. */
  @Test
  void theMechanismTakesTheParts() {
    ModelFile model = SmallTask.mlp(3, 6, 3);
    try (Network network = Network.of(model)) {
      FineTuningTask task = SmallTask.of(model, network, 2, 80, SmallTask.budget(0.05));
      FineTuned tuned =
          QuadraticExponentialMechanism.ofRounds(4)
              .run(task, SmallTask.seeded(2), RoundListener.silent());
      List<?> parts = (List<?>) Objects.requireNonNull(tuned.settings().get("partsOfSteps"));
      assertEquals(4, parts.size());
      assertTrue(parts.stream().anyMatch(part -> (Double) part < 1), parts.toString());
      double[] theta = task.theta();
      RoundsPlan plan = RoundsPlan.ofRounds(task, task.curvature(theta), 4);
      int done = 0;
      for (RoundsPlan.Leg leg : plan.legs()) {
        for (int t = 0; t < leg.rounds(); t++) {
          Round round = leg.round(task, theta, task.curvature(theta), plan.damping());
          double[] stepped = round.step(task, theta, tuned.releases().get(done));
          theta = Locality.between(theta, stepped, (Double) parts.get(done));
          done++;
        }
      }
      assertArrayEquals(theta, tuned.theta(), 1e-12);
    }
  }
}
