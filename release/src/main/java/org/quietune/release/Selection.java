package org.quietune.release;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.quietune.accounting.GaussianEvent;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.accounting.PoissonSelectionEvent;

/**
 * What a {@link PrivateSelection} lets everybody see of itself: what was charged, and which
 * candidate was chosen. Neither the number of runs nor anything of another run.
 *
 * @param purpose as the ledger holds it
 * @param event as it was charged; its run is a {@link GaussianEvent}
 * @param candidates how many there were
 * @param chosen number of the candidate whose run was the best, from 1; 0 where none was run
 * @param receipt of the charge
 * @param noiseSource where the number of runs, the candidates and the noise came from
 * @param secure false where that was a seed
 */
public record Selection(
    String purpose,
    PoissonSelectionEvent event,
    NeighboringRelation relation,
    int candidates,
    int chosen,
    Ledger.Receipt receipt,
    String noiseSource,
    boolean secure) {

  public Selection {
    Objects.requireNonNull(purpose);
    Objects.requireNonNull(relation);
    Objects.requireNonNull(receipt);
    Objects.requireNonNull(noiseSource);
    if (!(event.run() instanceof GaussianEvent)) {
      throw new IllegalArgumentException("a selection is of Gaussian runs, not of " + event.run());
    }
    if (candidates < 1 || chosen < 0 || chosen > candidates) {
      throw new IllegalArgumentException(
          "chosen must lie between 0 and the number of candidates: %d of %d"
              .formatted(chosen, candidates));
    }
  }

  /** Noise multiplier of the one Gaussian release that a run could spend. */
  public double noiseMultiplier() {
    return ((GaussianEvent) event.run()).noiseMultiplier();
  }

  /** As it is kept in a run's folder: all in the header. */
  public static final class Format implements PublicFormat<Selection> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KIND = "selection";

    @Override
    public PublicValue encode(Selection selection) {
      ObjectNode header =
          JSON.createObjectNode()
              .put("kind", KIND)
              .put("purpose", selection.purpose)
              .put("relation", selection.relation.name())
              .put("candidates", selection.candidates)
              .put("chosen", selection.chosen)
              .put("ledgerSequence", selection.receipt.sequence())
              .put("ledgerHash", selection.receipt.hash())
              .put("noiseSource", selection.noiseSource)
              .put("secure", selection.secure);
      header.set("event", CanonicalJson.tree(EventJson.write(selection.event)));
      return new PublicValue(header, new byte[0]);
    }

    @Override
    public Selection decode(PublicValue stored) {
      JsonNode header = stored.header();
      if (!header.path("kind").asText().equals(KIND)
          || !(EventJson.read(header.path("event").toString())
              instanceof PoissonSelectionEvent event)) {
        throw new IllegalArgumentException("not a selection");
      }
      return new Selection(
          header.path("purpose").asText(),
          event,
          NeighboringRelation.valueOf(header.path("relation").asText()),
          header.path("candidates").asInt(),
          header.path("chosen").asInt(-1),
          new Ledger.Receipt(
              header.path("ledgerSequence").asLong(), header.path("ledgerHash").asText()),
          header.path("noiseSource").asText(),
          header.path("secure").asBoolean());
    }
  }

  /**
   * Reads a stored one.
   *
   * @throws IOException when the file cannot be read, or is not as it was written
   */
  public static Selection read(Path file) throws IOException {
    try {
      return new Format().decode(PublicValue.read(file));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not a selection: " + e.getMessage(), e);
    }
  }
}
