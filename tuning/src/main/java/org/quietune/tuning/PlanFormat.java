package org.quietune.tuning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.quietune.release.CanonicalJson;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/**
 * Plans of rounds as they are kept: all in the header.
 *
 * @param type of the plan, a record
 */
record PlanFormat<T>(Class<T> type) implements PublicFormat<T> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public PublicValue encode(T plan) {
    ObjectNode header = JSON.createObjectNode().put("kind", "plan");
    header.set("plan", JSON.valueToTree(plan));
    return new PublicValue(header, new byte[0]);
  }

  @Override
  public T decode(PublicValue stored) {
    try {
      return CanonicalJson.map(stored.header().path("plan"), type);
    } catch (IOException e) {
      throw new IllegalArgumentException("not a plan", e);
    }
  }
}
