package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.quietune.data.InvalidDataException;
import org.quietune.model.Loss;
import org.quietune.release.CanonicalJson;
import org.quietune.release.Certificate;
import org.quietune.release.DurableFile;
import org.quietune.release.SealedJson;

/**
 * What a run's folder says of it from before its first spend: enough to take it up again. Public
 * values only: no hash, size or other property of the private file.
 *
 * @param formatVersion of this record
 * @param software name and version of what started it
 * @param run the run's id, under which its spends stand in the ledger
 * @param options what it was asked for
 * @param loss what training minimizes, as the model, the options and public labels say
 * @param baseModelSha256 hash of the pretrained model
 * @param publicDataSha256 hash of the public table's file
 * @param testSha256 hash of the test table's file; empty, and left out, where there is none
 * @param ledgerStart the ledger's last entry before the run
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record RunFile(
    int formatVersion,
    String software,
    String run,
    RunOptions options,
    String loss,
    String baseModelSha256,
    String publicDataSha256,
    String testSha256,
    Certificate.LedgerEntry ledgerStart) {

  static final int FORMAT_VERSION = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  RunFile {
    testSha256 = Objects.requireNonNullElse(testSha256, "");
    // Runs of before there was a choice.
    loss = Objects.requireNonNullElseGet(loss, () -> Loss.crossEntropy().text());
  }

  void write(RunFolder folder) throws IOException {
    DurableFile.write(
        folder.file(RunFolder.RUN), SealedJson.bytes((ObjectNode) JSON.valueToTree(this)));
  }

  /** Refuses a folder in which no run was started. */
  static void requireIn(RunFolder folder) {
    if (!Files.exists(folder.file(RunFolder.RUN))) {
      throw new InvalidDataException(
          folder.path() + " holds no run to go on with: start one with --out");
    }
  }

  /**
   * Reads a folder's.
   *
   * @throws InvalidDataException when it is not as it was written
   */
  static RunFile read(RunFolder folder) {
    Path file = folder.file(RunFolder.RUN);
    try {
      ObjectNode value = SealedJson.read(file);
      int version = value.path("formatVersion").asInt();
      if (version != FORMAT_VERSION) {
        throw new IOException(
            "%s has format %d, and this version knows format %d only"
                .formatted(file, version, FORMAT_VERSION));
      }
      return CanonicalJson.map(value, RunFile.class);
    } catch (IOException e) {
      throw new InvalidDataException(String.valueOf(e.getMessage()), e);
    }
  }
}
