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
}
