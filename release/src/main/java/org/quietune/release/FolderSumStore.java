package org.quietune.release;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.quietune.accounting.NeighboringRelation;

/**
 * Noisy sums as files {@code NAME.json} in one folder: everything public about the release, and the
 * sum in lattice cells, as strings of decimal digits because they can pass 2⁵³ ({@link
 * SealedJson}). A stored sum is never overwritten.
 */
public final class FolderSumStore implements SumStore {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public FolderSumStore(Path folder) {
    this.folder = folder;
  }

  @Override
  public NoisySum storeAndReadBack(String name, NoisySum sum) {
    Path file = file(name);
    try {
      if (Files.exists(file)) {
        throw new IllegalStateException("a sum is already stored in " + file);
      }
      DurableFile.write(file, SealedJson.bytes(json(sum)));
      return read(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot store the noisy sum: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<NoisySum> find(String name) {
    Path file = file(name);
    try {
      return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a stored sum back: " + e.getMessage(), e);
    }
  }

  private Path file(String name) {
    return folder.resolve(name + ".json");
  }

  /**
   * Reads a stored sum.
   *
   * @throws IOException when the file cannot be read, or is not as it was written
   */
  public static NoisySum read(Path file) throws IOException {
    JsonNode stored = SealedJson.read(file);
    try {
      SumPlan plan =
          new SumPlan(
              stored.path("purpose").asText(),
              stored.path("dimension").asInt(),
              new L2Clip(
                  stored.path("clipNorm").asDouble(Double.NaN), stored.path("clipBits").asInt()),
              CanonicalJson.map(stored.path("noise"), NoiseLaw.class),
              NeighboringRelation.valueOf(stored.path("relation").asText()));
      long[] cells = new long[stored.path("cells").size()];
      for (int j = 0; j < cells.length; j++) {
        cells[j] = Long.parseLong(stored.path("cells").path(j).asText());
      }
      return new NoisySum(
          plan,
          cells,
          new Ledger.Receipt(
              stored.path("ledgerSequence").asLong(), stored.path("ledgerHash").asText()),
          stored.path("noiseSource").asText(),
          stored.path("secure").asBoolean());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not a noisy sum: " + e.getMessage(), e);
    }
  }

  private static ObjectNode json(NoisySum sum) {
    SumPlan plan = sum.plan();
    ObjectNode json = JSON.createObjectNode();
    json.set("noise", JSON.valueToTree(plan.noise()));
    ArrayNode cells = json.putArray("cells");
    for (long cell : sum.cells()) {
      cells.add(Long.toString(cell));
    }
    return json.put("purpose", plan.purpose())
        .put("dimension", plan.dimension())
        .put("clipNorm", plan.clip().clipNorm())
        .put("clipBits", plan.clip().clipBits())
        .put("relation", plan.relation().name())
        .put("ledgerSequence", sum.receipt().sequence())
        .put("ledgerHash", sum.receipt().hash())
        .put("noiseSource", sum.noiseSource())
        .put("secure", sum.secure());
  }
}
