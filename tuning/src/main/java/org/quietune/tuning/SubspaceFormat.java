package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.PrincipalSubspace;
import org.quietune.geometry.Subspace;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/**
 * Subspaces as they are kept. The numbers of a principal subspace are its directions, row-major k ×
 * d; the identity has none.
 */
final class SubspaceFormat implements PublicFormat<Subspace> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String IDENTITY = "identity";
  private static final String PRINCIPAL = "principal";

  @Override
  public PublicValue encode(Subspace subspace) {
    ObjectNode header =
        JSON.createObjectNode()
            .put("kind", "subspace")
            .put("dimension", subspace.dimension())
            .put("ambientDimension", subspace.ambientDimension());
    if (subspace instanceof IdentitySubspace) {
      return new PublicValue(header.put("subspace", IDENTITY), new double[0]);
    }
    if (subspace instanceof PrincipalSubspace principal) {
      return new PublicValue(header.put("subspace", PRINCIPAL), principal.directions());
    }
    throw new IllegalArgumentException("no format for " + subspace.getClass());
  }

  @Override
  public Subspace decode(PublicValue stored) {
    JsonNode header = stored.header();
    int k = header.path("dimension").asInt();
    int d = header.path("ambientDimension").asInt();
    double[] numbers = stored.numbers();
    return switch (header.path("subspace").asText()) {
      case IDENTITY -> {
        RoundFormat.requireLength(numbers, 0);
        yield new IdentitySubspace(k);
      }
      case PRINCIPAL -> {
        RoundFormat.requireLength(numbers, (long) k * d);
        yield PrincipalSubspace.ofDirections(d, k, numbers);
      }
      default -> throw new IllegalArgumentException("not a subspace");
    };
  }
}
