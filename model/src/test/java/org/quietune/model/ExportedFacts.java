package org.quietune.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What another tool computes on a few records with a model that it has exported: fields of a JSON
 * object, with records and labels. A missing number is written as null.
 */
final class ExportedFacts {
  private final JsonNode facts;

  private ExportedFacts(JsonNode facts) {
    this.facts = facts;
  }

  /** Reads the facts of a model, from a file beside the model's. */
  static ExportedFacts of(Path model, String name) throws IOException {
    return new ExportedFacts(
        new ObjectMapper().readTree(model.resolveSibling(name + ".json").toFile()));
  }

  boolean has(String field) {
    return facts.has(field);
  }

  /** The numbers of a list of rows, one after the other. */
  double[] rows(String field) {
    return numbers(facts.path(field));
  }

  /** One row of a list of them. */
  double[] row(String field, int index) {
    return numbers(List.of(facts.path(field).get(index)));
  }

  /** The records with their labels. */
  Batch batch() {
    double[] labels = numbers(List.of(facts.path("labels")));
    double[] values = rows("records");
    float[] features = new float[values.length];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) values[i];
    }
    return new Batch(labels.length, features.length / labels.length, features, labels);
  }

  private static double[] numbers(Iterable<JsonNode> rows) {
    Stream.Builder<JsonNode> all = Stream.builder();
    rows.forEach(row -> row.forEach(all::add));
    return all.build()
        .mapToDouble(value -> value.isNull() ? Double.NaN : value.asDouble())
        .toArray();
  }
}
