package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import org.quietune.geometry.IsotropicWhitener;
import org.quietune.geometry.SpectralWhitener;
import org.quietune.geometry.Whitener;
import org.quietune.release.CanonicalJson;
import org.quietune.release.L2Clip;
import org.quietune.release.NoiseLaw;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/**
 * Rounds as they are kept. The numbers of a spectral whitener are the k eigenvalues, then its root,
 * row-major k × k; an isotropic one has none.
 */
final class RoundFormat implements PublicFormat<Round> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SPECTRAL = "spectral";
  private static final String ISOTROPIC = "isotropic";

  @Override
  public PublicValue encode(Round round) {
    Whitener whitener = round.whitener();
    ObjectNode header = JSON.createObjectNode();
    header
        .put("kind", "round")
        .put("dimension", whitener.dimension())
        .put("damping", whitener.damping())
        .put("clipNorm", round.clip().clipNorm())
        .put("clipBits", round.clip().clipBits())
        .put("labelFree", round.labelFree())
        .put("stepSize", round.stepSize());
    header.set("noise", JSON.valueToTree(round.noise()));
    if (whitener instanceof SpectralWhitener spectral) {
      header.put("whitener", SPECTRAL);
      return new PublicValue(header, concatenated(spectral.spectrum(), spectral.root()));
    }
    if (whitener instanceof IsotropicWhitener) {
      header.put("whitener", ISOTROPIC);
      return new PublicValue(header, new double[0]);
    }
    throw new IllegalArgumentException("no format for " + whitener.getClass());
  }

  @Override
  public Round decode(PublicValue stored) {
    JsonNode header = stored.header();
    try {
      return new Round(
          whitener(stored),
          new L2Clip(header.path("clipNorm").asDouble(), header.path("clipBits").asInt()),
          header.path("labelFree").asBoolean(),
          CanonicalJson.map(header.path("noise"), NoiseLaw.class),
          header.path("stepSize").asDouble());
    } catch (IOException e) {
      throw new IllegalArgumentException("not a round", e);
    }
  }

  private static Whitener whitener(PublicValue stored) {
    JsonNode header = stored.header();
    double damping = header.path("damping").asDouble();
    int k = header.path("dimension").asInt();
    double[] numbers = stored.numbers();
    return switch (header.path("whitener").asText()) {
      case SPECTRAL -> {
        requireLength(numbers, k + (long) k * k);
        yield SpectralWhitener.ofRoot(
            Arrays.copyOf(numbers, k), damping, Arrays.copyOfRange(numbers, k, numbers.length));
      }
      case ISOTROPIC -> {
        requireLength(numbers, 0);
        yield new IsotropicWhitener(k, damping);
      }
      default -> throw new IllegalArgumentException("not a round");
    };
  }

  static void requireLength(double[] numbers, long length) {
    if (numbers.length != length) {
      throw new IllegalArgumentException(numbers.length + " numbers, expected " + length);
    }
  }

  private static double[] concatenated(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
