package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.quietune.geometry.Description;
import org.quietune.geometry.Whiteners;
import org.quietune.release.CanonicalJson;
import org.quietune.release.L2Clip;
import org.quietune.release.NoiseLaw;
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
            .put("clipNorm", round.clip().clipNorm())
            .put("clipBits", round.clip().clipBits())
            .put("labelFree", round.labelFree())
            .put("stepSize", round.stepSize());
    header.set("noise", JSON.valueToTree(round.noise()));
    return new PublicValue(header, round.whitener().description().bytes());
  }

  @Override
  public Round decode(PublicValue stored) {
    JsonNode header = stored.header();
    try {
      return new Round(
          Whiteners.of(Description.parse(stored.body())),
          new L2Clip(header.path("clipNorm").asDouble(), header.path("clipBits").asInt()),
          header.path("labelFree").asBoolean(),
          CanonicalJson.map(header.path("noise"), NoiseLaw.class),
          header.path("stepSize").asDouble());
    } catch (IOException e) {
      throw new IllegalArgumentException("not a round", e);
    }
  }
}
