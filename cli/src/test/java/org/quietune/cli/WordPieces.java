package org.quietune.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Text as a BERT encoder reads it: word pieces by the longest match, from a tokenizer's file. */
final class WordPieces {
  private final JsonNode vocabulary;

  WordPieces(Path tokenizer) throws IOException {
    vocabulary = new ObjectMapper().readTree(tokenizer.toFile()).path("model").path("vocab");
  }

  private int id(String piece) {
    return vocabulary.path(piece).asInt(-1);
  }

  /** Ids between {@code [CLS]} and {@code [SEP]}, cut to a length and filled up with [PAD]. */
  int[] ids(String text, int length) {
    List<Integer> ids = new ArrayList<>(List.of(id("[CLS]")));
    for (String word : text.toLowerCase(Locale.ROOT).split("(?<=\\W)|(?=\\W)|\\s+", -1)) {
      if (!word.isBlank()) {
        ids.addAll(pieces(word));
      }
    }
    List<Integer> cut = ids.subList(0, Math.min(length - 1, ids.size()));
    int[] padded = new int[length];
    Arrays.fill(padded, id("[PAD]"));
    for (int i = 0; i < cut.size(); i++) {
      padded[i] = cut.get(i);
    }
    padded[cut.size()] = id("[SEP]");
    return padded;
  }

  private List<Integer> pieces(String word) {
    List<Integer> pieces = new ArrayList<>();
    int from = 0;
    while (from < word.length()) {
      int to = word.length();
      while (to > from && id((from == 0 ? "" : "##") + word.substring(from, to)) < 0) {
        to--;
      }
      if (to == from) {
        return List.of(id("[UNK]"));
      }
      pieces.add(id((from == 0 ? "" : "##") + word.substring(from, to)));
      from = to;
    }
    return pieces;
  }

  /** The header of a table: ids, mask and types of so many positions, and a label. */
  static String header(int length) {
    return IntStream.range(0, 3 * length)
            .mapToObj(i -> List.of("id", "mask", "type").get(i / length) + "_" + i % length)
            .collect(Collectors.joining(","))
        + ",label";
  }

  /** A row of such a table. */
  String row(String text, int length, int label) {
    int[] ids = ids(text, length);
    int pad = id("[PAD]");
    return Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(","))
        + ","
        + Arrays.stream(ids).mapToObj(id -> id == pad ? "0" : "1").collect(Collectors.joining(","))
        + ",0".repeat(length)
        + ","
        + label;
  }
}
