package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.quietune.geometry.Description;
import org.quietune.geometry.Whiteners;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/** Rounds as they are kept: the body is the whitener's {@link Description}. */
final class RoundFormat implements PublicFormat<Round> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public PublicValue encode(Round round) {
    ObjectNode header =
        JSON.createObjectNode()
            .put("kind", "round")
            .put("labelFree", round.labelFree())
            .put("shrunk", round.shrunk())
            .put("stepSize", round.stepSize());
    header.set("factors", JSON.valueToTree(round.factors()));
    round.terms().describe(header);
    return new PublicValue(header, round.whitener().description().bytes());
  }

  @Override
  public Round decode(PublicValue stored) {
    JsonNode header = stored.header();
    return new Round(
        Whiteners.of(Description.parse(stored.body())),
        Terms.of(header),
        header.path("labelFree").asBoolean(),
        header.path("shrunk").asBoolean(),
        header.path("stepSize").asDouble(),
        JSON.convertValue(header.path("factors"), double[].class));
  }
}
