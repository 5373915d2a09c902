package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.quietune.geometry.Description;
import org.quietune.geometry.Whiteners;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/**
 * Rounds as they are kept: the body is the whitener's {@link Description}, within that of the
 * {@link Foretelling} where there is one.
 */
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
    Description whitener = round.whitener().description();
    return new PublicValue(
        header,
        round
            .foretelling()
            .map(foretelling -> foretelling.with(whitener))
            .orElse(whitener)
            .bytes());
  }

  @Override
  public Round decode(PublicValue stored) {
    JsonNode header = stored.header();
    Description body = Description.parse(stored.body());
    boolean foretold = Foretelling.isIn(body);
    return new Round(
        Whiteners.of(foretold ? body.parts().get(0) : body),
        Terms.of(header),
        header.path("labelFree").asBoolean(),
        header.path("shrunk").asBoolean(),
        header.path("stepSize").asDouble(),
        JSON.convertValue(header.path("factors"), double[].class),
        foretold ? Optional.of(Foretelling.of(body)) : Optional.empty());
  }
}
