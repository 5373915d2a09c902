package org.quietune.release;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.quietune.accounting.BoundedRangeEvent;
import org.quietune.accounting.ComposedEvent;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.LaplaceEvent;
import org.quietune.accounting.PoissonSelectionEvent;
import org.quietune.accounting.PoissonSubsampledGaussianEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.accounting.PureDpEvent;
import org.quietune.accounting.SelfComposedEvent;

/**
 * Privacy events, and the terms of a budget, as JSON text. A double is written in its shortest
 * form, which reads back to the same double. An event that this version does not know is refused,
 * never approximated.
 */
final class EventJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BUDGET = "budget";

  /** The terms of a budget. */
  record Target(double epsilon, double delta) {}

  private EventJson() {}

  static String write(PrivacyEvent event) {
    return node(event).toString();
  }

  private static ObjectNode node(PrivacyEvent event) {
    ObjectNode node = JSON.createObjectNode();
    if (event instanceof GaussianEvent gaussian) {
      return node.put("type", "gaussian").put("noiseMultiplier", gaussian.noiseMultiplier());
    }
    if (event instanceof PoissonSubsampledGaussianEvent sampled) {
      return node.put("type", "poissonSubsampledGaussian")
          .put("samplingProbability", sampled.samplingProbability())
          .put("noiseMultiplier", sampled.noiseMultiplier());
    }
    if (event instanceof LaplaceEvent laplace) {
      return node.put("type", "laplace").put("noiseMultiplier", laplace.noiseMultiplier());
    }
    if (event instanceof PureDpEvent pure) {
      return node.put("type", "pureDp").put("epsilon", pure.epsilon());
    }
    if (event instanceof BoundedRangeEvent bounded) {
      return node.put("type", "boundedRange").put("epsilon", bounded.epsilon());
    }
    if (event instanceof PoissonSelectionEvent selection) {
      node.put("type", "poissonSelection").put("expectedRuns", selection.expectedRuns());
      node.set("run", node(selection.run()));
      return node;
    }
    if (event instanceof SelfComposedEvent repeated) {
      node.put("type", "selfComposed").put("count", repeated.count());
      node.set("event", node(repeated.event()));
      return node;
    }
    if (event instanceof ComposedEvent composed) {
      ArrayNode parts = node.put("type", "composed").putArray("events");
      composed.events().forEach(part -> parts.add(node(part)));
      return node;
    }
    throw new IllegalArgumentException("unknown privacy event: " + event);
  }

  /** A budget's terms; their type is no event's, so neither can stand for the other. */
  static String writeBudget(double epsilon, double delta) {
    return JSON.createObjectNode()
        .put("type", BUDGET)
        .put("epsilon", epsilon)
        .put("delta", delta)
        .toString();
  }

  /**
   * The terms of the budget that the text states; empty when it states something else.
   *
   * @throws IllegalArgumentException when it is no JSON
   */
  static Optional<Target> readBudget(String text) {
    JsonNode node = tree(text);
    return node.path("type").asText().equals(BUDGET)
        ? Optional.of(new Target(number(node, "epsilon"), number(node, "delta")))
        : Optional.empty();
  }

  /**
   * Reads an event back.
   *
   * @throws IllegalArgumentException when the text is not an event of this version
   */
  static PrivacyEvent read(String text) {
    return event(tree(text));
  }

  private static JsonNode tree(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a privacy event: " + text, e);
    }
  }

  private static PrivacyEvent event(JsonNode node) {
    return switch (node.path("type").asText()) {
      case "gaussian" -> new GaussianEvent(number(node, "noiseMultiplier"));
      case "poissonSubsampledGaussian" ->
          new PoissonSubsampledGaussianEvent(
              number(node, "samplingProbability"), number(node, "noiseMultiplier"));
      case "laplace" -> new LaplaceEvent(number(node, "noiseMultiplier"));
      case "pureDp" -> new PureDpEvent(number(node, "epsilon"));
      case "boundedRange" -> new BoundedRangeEvent(number(node, "epsilon"));
      case "poissonSelection" ->
          new PoissonSelectionEvent(event(node.path("run")), number(node, "expectedRuns"));
      case "selfComposed" ->
          new SelfComposedEvent(event(node.path("event")), node.path("count").asLong(-1));
      case "composed" -> {
        List<PrivacyEvent> parts = new ArrayList<>();
        node.path("events").forEach(part -> parts.add(event(part)));
        yield new ComposedEvent(parts);
      }
      default -> throw new IllegalArgumentException("unknown privacy event: " + node);
    };
  }

  /** NaN where it is missing, which every event refuses. */
  private static double number(JsonNode node, String field) {
    return node.path(field).asDouble(Double.NaN);
  }
}
