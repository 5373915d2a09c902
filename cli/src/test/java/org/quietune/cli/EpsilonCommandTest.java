package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.accounting.GaussianDp;

/** Golden values: 60-digit arithmetic on the Gaussian curve, to the digits of a double. */
class EpsilonCommandTest {
  private static JsonNode epsilon(Object... arguments) throws JsonProcessingException {
    return CommandRun.succeeding(CommandRun.with(new Object[] {"epsilon", "--json"}, arguments))
        .json();
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 1e-5, 0.032520784056203910016, 30.74956613197745023894202",
    "1, 1e-5, 0.2680511232112942179, 3.730631634815941832249823",
    "8, 1e-5, 1.6660305978457181684, 0.6002290721989515588905662",
    "1, 1e-6, 0.23670438066343570965, 4.224678889326835282997321"
  })
  void findsTheNoiseOfABudget(double epsilon, double delta, double mu, double noiseMultiplier)
      throws JsonProcessingException {
    JsonNode result = epsilon("--epsilon", epsilon, "--delta", delta);
    assertEquals(mu, result.path("mu").asDouble(), 1e-11 * mu);
    assertTrue(result.path("mu").asDouble() <= mu, "mu rounds down");
    assertEquals(
        noiseMultiplier, result.path("noiseMultiplier").asDouble(), 1e-11 * noiseMultiplier);
    assertTrue(result.path("noiseMultiplier").asDouble() >= noiseMultiplier, "the noise rounds up");
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 1.993091404415119631149462",
    "1, 4.377178095681224627650116",
    "3, 16.67549440282816431902059"
  })
  void findsTheEpsilonOfMu(double mu, double epsilon) throws JsonProcessingException {
    double result = epsilon("--mu", mu, "--delta", "1e-5").path("epsilon").asDouble();
    assertEquals(epsilon, result, 1e-11 * epsilon);
    assertTrue(result >= epsilon, "epsilon rounds up");
  }

  /** Three releases of μ = 1/√3 are one of μ = 1; so is a third of the noise variance. */
  @Test
  void stepsCompose() throws JsonProcessingException {
    double expected = 4.3771780956812245;
    for (Object[] release :
        new Object[][] {
          {"--mu", 1 / Math.sqrt(3)},
          {"--noise-multiplier", Math.sqrt(3)},
          {"--noise-multiplier", 2 * Math.sqrt(3), "--adjacency", "replace-one"}
        }) {
      JsonNode result = epsilon(CommandRun.with(release, "--steps", 3, "--delta", "1e-5"));
      assertEquals(1, result.path("mu").asDouble(), 1e-12);
      assertEquals(expected, result.path("epsilon").asDouble(), 1e-11);
    }
  }

  @Test
  void replaceOneNeedsTwiceTheNoise() throws JsonProcessingException {
    double add = epsilon("--epsilon", 1, "--delta", "1e-5").path("noiseMultiplier").asDouble();
    double replace =
        epsilon("--epsilon", 1, "--delta", "1e-5", "--adjacency", "replace-one")
            .path("noiseMultiplier")
            .asDouble();
    assertEquals(2 * add, replace);
  }

  /** What the command says a budget allows never costs more than the budget. */
  @Test
  void printedNoiseStaysWithinTheBudget() throws JsonProcessingException {
    for (double epsilon : new double[] {0.1, 1, 4}) {
      for (int steps : new int[] {1, 2, 3, 5, 7, 10, 30, 100, 1000}) {
        for (String relation : new String[] {"add-remove", "replace-one"}) {
          double noise =
              epsilon(
                      "--epsilon",
                      epsilon,
                      "--delta",
                      "1e-5",
                      "--steps",
                      steps,
                      "--adjacency",
                      relation)
                  .path("noiseMultiplier")
                  .asDouble();
          double back =
              epsilon(
                      "--noise-multiplier",
                      noise,
                      "--delta",
                      "1e-5",
                      "--steps",
                      steps,
                      "--adjacency",
                      relation)
                  .path("epsilon")
                  .asDouble();
          assertTrue(back <= epsilon, () -> steps + " steps of " + noise + ": " + back);
          assertEquals(epsilon, back, 1e-9 * epsilon);
        }
      }
    }
  }

  @Test
  void printsLinesForPeople() {
    CommandRun run = CommandRun.succeeding("epsilon", "--mu", 1, "--delta", "1e-5");
    String shown = Double.toString(GaussianDp.epsilon(1, 1e-5));
    assertTrue(run.out().lines().anyMatch(line -> line.matches("epsilon +" + shown)), run.out());
    assertEquals("", run.err());
  }

  /** Noise for T releases is the least double whose own composition is within the budget. */
  @Test
  void roundsTheNoiseOfManyStepsUp() throws JsonProcessingException {
    JsonNode result = epsilon("--epsilon", 1, "--delta", "1e-5", "--steps", 3);
    double noise = result.path("noiseMultiplier").asDouble();
    double less = Math.nextDown(noise);
    JsonNode fits = epsilon("--noise-multiplier", noise, "--delta", "1e-5", "--steps", 3);
    JsonNode overspends = epsilon("--noise-multiplier", less, "--delta", "1e-5", "--steps", 3);
    assertTrue(fits.path("mu").asDouble() <= result.path("mu").asDouble());
    assertTrue(overspends.path("mu").asDouble() > result.path("mu").asDouble());
    assertEquals("gaussian-dp", result.path("accountant").asText());
    assertEquals(3, result.path("steps").asInt());
  }

  /** The exact value, by contour integral, is in the accounting module's golden file. */
  @Test
  void accountsForSampling() throws JsonProcessingException {
    JsonNode result =
        epsilon(
            "--noise-multiplier",
            0.5,
            "--sampling-probability",
            0.2,
            "--steps",
            3,
            "--delta",
            "0.1559327789");
    double epsilon = result.path("epsilon").asDouble();
    assertTrue(epsilon >= 1 - 1e-8, "epsilon rounds up");
    assertEquals(1, epsilon, 1e-4);
    assertEquals(0.2, result.path("samplingProbability").asDouble());
    assertEquals(0.5, result.path("noiseMultiplier").asDouble());
    assertEquals(3, result.path("steps").asInt());
    assertEquals("pld", result.path("accountant").asText());
    assertTrue(result.path("mu").isMissingNode(), "no single Gaussian, no mu");
  }

  @Test
  void findsTheNoiseForSampling() throws JsonProcessingException {
    Object[] sampling = {"--sampling-probability", 0.2, "--steps", 3, "--delta", "1e-4"};
    double noise =
        epsilon(CommandRun.with(new Object[] {"--epsilon", 1}, sampling))
            .path("noiseMultiplier")
            .asDouble();
    double back =
        epsilon(CommandRun.with(new Object[] {"--noise-multiplier", noise}, sampling))
            .path("epsilon")
            .asDouble();
    assertEquals(1, back, 1e-4);
    double without =
        epsilon("--epsilon", 1, "--steps", 3, "--delta", "1e-4").path("noiseMultiplier").asDouble();
    assertTrue(noise < without / 2, "sampling amplifies");
  }

  @Test
  void aSampleOfEverythingIsNoSample() throws JsonProcessingException {
    double sampled =
        epsilon("--noise-multiplier", 2, "--sampling-probability", 1, "--delta", "1e-5")
            .path("epsilon")
            .asDouble();
    double exact = epsilon("--noise-multiplier", 2, "--delta", "1e-5").path("epsilon").asDouble();
    assertEquals(exact, sampled);
  }

  @ParameterizedTest
  @CsvSource({
    "replace-one, --noise-multiplier, 0.5, --adjacency",
    "replace-one, --epsilon, 0.5, --adjacency",
    "add-remove, --mu, 0.5, --mu",
    "add-remove, --epsilon, 1.5, between 0 and 1",
    "add-remove, --epsilon, NaN, between 0 and 1"
  })
  void refusesSamplingThatItCannotAccountFor(
      String relation, String flag, String probability, String message) {
    CommandRun run =
        CommandRun.of(
            "epsilon",
            flag,
            1,
            "--sampling-probability",
            probability,
            "--delta",
            "1e-5",
            "--adjacency",
            relation);
    assertEquals(2, run.exitCode());
    assertEquals("", run.out());
    assertTrue(run.errLines().get(0).contains(message), run.err());
  }
}
