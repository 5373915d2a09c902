package org.quietune.tuning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.quietune.release.CanonicalJson;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/** Plans of rounds as they are kept: all in the header. */
final class PlanFormat implements PublicFormat<RoundsPlan> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public PublicValue encode(RoundsPlan plan) {
    ObjectNode header = JSON.createObjectNode().put("kind", "plan");
    header.set("plan", JSON.valueToTree(plan));
    return new PublicValue(header, new byte[0]);
  }

  @Override
  public RoundsPlan decode(PublicValue stored) {
    try {
      return CanonicalJson.map(stored.header().path("plan"), RoundsPlan.class);
    } catch (IOException e) {
      throw new IllegalArgumentException("not a plan", e);
    }
  }
}
