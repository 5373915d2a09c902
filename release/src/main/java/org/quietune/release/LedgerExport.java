package org.quietune.release;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A ledger as JSON lines, for whoever wants to check its chain without Quietune: each entry with
 * its texts as they are hashed, the hash before it and its own, then one line with the head. The
 * recipe of the hash is in docs/ledger.md.
 */
public final class LedgerExport {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HEAD = "head";
  private static final String SEQUENCE = "sequence";
  private static final String HASH = "hash";

  private LedgerExport() {}

  /** The lines, without ends. */
  public static List<String> lines(LedgerBook book) {
    List<String> lines = new ArrayList<>();
    String previous = LedgerRow.GENESIS;
    for (LedgerRow row : book.rows()) {
      lines.add(
          JSON.createObjectNode()
              .put(SEQUENCE, row.sequence())
              .put("dataset", row.dataset())
              .put("run", row.run())
              .put("purpose", row.purpose())
              .put("privacyUnit", row.privacyUnit())
              .put("relation", row.relation())
              .put("event", row.event())
              .put("time", row.time())
              .put("previous", previous)
              .put(HASH, row.hash())
              .toString());
      previous = row.hash();
    }
    ObjectNode end = JSON.createObjectNode();
    end.putObject(HEAD).put(SEQUENCE, book.head().sequence()).put(HASH, book.head().hash());
    lines.add(end.toString());
    return lines;
  }

  /**
   * Reads an export back and checks it as a ledger is checked.
   *
   * @param name for errors
   * @throws LedgerException naming the first line or entry that does not fit
   */
  public static LedgerBook read(String name, BufferedReader reader) throws IOException {
    List<LedgerRow> rows = new ArrayList<>();
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      JsonNode node = node(name, number, line);
      JsonNode head = node.path(HEAD);
      if (!head.isMissingNode()) {
        if (reader.readLine() != null) {
          throw notAnExport(name, "there is more after the head in line " + number);
        }
        return LedgerBook.verified(
            name,
            rows,
            new Ledger.Receipt(head.path(SEQUENCE).asLong(-1), head.path(HASH).asText()));
      }
      rows.add(row(name, number, node));
    }
    throw notAnExport(name, "it ends without its last line, the head");
  }

  private static JsonNode node(String name, int number, String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw notAnExport(name, "line " + number + " is not JSON");
    }
  }

  private static LedgerRow row(String name, int number, JsonNode node) {
    List<String> texts = new ArrayList<>();
    for (String field :
        List.of("dataset", "run", "purpose", "privacyUnit", "relation", "event", "time", HASH)) {
      if (!node.path(field).isTextual()) {
        throw notAnExport(name, "line " + number + " has no text '" + field + "'");
      }
      texts.add(node.path(field).asText());
    }
    return new LedgerRow(
        node.path(SEQUENCE).asLong(-1),
        texts.get(0),
        texts.get(1),
        texts.get(2),
        texts.get(3),
        texts.get(4),
        texts.get(5),
        texts.get(6),
        texts.get(7));
  }

  private static LedgerException notAnExport(String name, String reason) {
    return new LedgerException(name + " is not a whole export of a ledger: " + reason);
  }
}
