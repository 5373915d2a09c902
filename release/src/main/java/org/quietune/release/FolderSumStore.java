package org.quietune.release;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.quietune.accounting.NeighboringRelation;

/**
 * Noisy sums as files {@code NAME.sum} in one folder: the magic {@code QTSUM2}, a JSON header with
 * everything public about the release, the sum in lattice cells (64-bit big endian), and the
 * SHA-256 of all that. A stored sum is never overwritten.
 */
public final class FolderSumStore implements SumStore {
  private static final byte[] MAGIC = "QTSUM2".getBytes(StandardCharsets.US_ASCII);
  private static final int HASH_BYTES = 32;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public FolderSumStore(Path folder) {
    this.folder = folder;
  }

  @Override
  public NoisySum storeAndReadBack(String name, NoisySum sum) {
    Path file = folder.resolve(name + ".sum");
    try {
      if (Files.exists(file)) {
        throw new IllegalStateException("a sum is already stored in " + file);
      }
      DurableFile.write(file, encode(sum));
      return read(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot store the noisy sum in " + file, e);
    }
  }

  /**
   * Reads a stored sum.
   *
   * @throws IOException when the file cannot be read, or is not whole
   */
  public static NoisySum read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int body = bytes.length - HASH_BYTES;
    if (body < MAGIC.length
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(hash(bytes, body), Arrays.copyOfRange(bytes, body, bytes.length))) {
      throw new IOException(file + " is not a whole noisy sum: its bytes do not match their hash");
    }
    return decode(bytes, body);
  }

  private static byte[] encode(NoisySum sum) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(MAGIC);
    byte[] header = JSON.writeValueAsBytes(header(sum));
    out.writeInt(header.length);
    out.write(header);
    for (long cell : sum.cells()) {
      out.writeLong(cell);
    }
    out.write(hash(bytes.toByteArray(), bytes.size()));
    return bytes.toByteArray();
  }

  private static ObjectNode header(NoisySum sum) {
    SumPlan plan = sum.plan();
    ObjectNode header = JSON.createObjectNode();
    header.set("noise", JSON.valueToTree(plan.noise()));
    return header
        .put("purpose", plan.purpose())
        .put("dimension", plan.dimension())
        .put("clipNorm", plan.clip().clipNorm())
        .put("clipBits", plan.clip().clipBits())
        .put("relation", plan.relation().name())
        .put("ledgerSequence", sum.receipt().sequence())
        .put("ledgerHash", sum.receipt().hash())
        .put("noiseSource", sum.noiseSource())
        .put("secure", sum.secure());
  }

  private static NoisySum decode(byte[] bytes, int body) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(bytes, MAGIC.length, body - MAGIC.length))) {
      JsonNode header = JSON.readTree(in.readNBytes(in.readInt()));
      SumPlan plan =
          new SumPlan(
              header.path("purpose").asText(),
              header.path("dimension").asInt(),
              new L2Clip(
                  header.path("clipNorm").asDouble(Double.NaN), header.path("clipBits").asInt()),
              JSON.treeToValue(header.path("noise"), NoiseLaw.class),
              NeighboringRelation.valueOf(header.path("relation").asText()));
      long[] cells = new long[plan.dimension()];
      for (int j = 0; j < cells.length; j++) {
        cells[j] = in.readLong();
      }
      return new NoisySum(
          plan,
          cells,
          new Ledger.Receipt(
              header.path("ledgerSequence").asLong(), header.path("ledgerHash").asText()),
          header.path("noiseSource").asText(),
          header.path("secure").asBoolean());
    }
  }

  private static byte[] hash(byte[] bytes, int length) {
    var digest = Sha256.digest();
    digest.update(bytes, 0, length);
    return digest.digest();
  }
}
