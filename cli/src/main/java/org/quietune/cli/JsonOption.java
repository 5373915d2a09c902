package org.quietune.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code --json}: one JSON object on stdout instead of lines for people. */
final class JsonOption {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(names = "--json", description = "print one JSON object on stdout")
  private boolean json;

  boolean isAsked() {
    return json;
  }

  /** Prints the results: as one JSON object, or a line each. */
  void print(PrintWriter out, Map<String, ?> results) {
    if (!json) {
      int width = results.keySet().stream().mapToInt(String::length).max().orElse(0);
      results.forEach((name, value) -> out.printf("%-" + width + "s  %s%n", name, value));
    } else {
      try {
        out.println(JSON.writeValueAsString(results));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("cannot print the results as JSON", e);
      }
    }
    out.flush();
  }
}
