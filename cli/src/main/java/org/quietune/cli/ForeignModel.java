package org.quietune.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quietune.data.DataFile;
import org.quietune.data.InvalidDataException;
import org.quietune.model.Adaptation;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.ModelOptions;

/**
 * How another tool's model file is to be used, where it does not tell itself.
 *
 * @param dims as {@code --dims}: {@code NAME=EXTENT,…}
 * @param openRows as {@code --open-rows}
 * @param output as {@code --output}
 * @param inputs as {@code --inputs}: {@code INPUT=COLUMN} or {@code INPUT=PREFIX*}, …
 * @param head as {@code --head}: {@code linear:K}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record ForeignModel(
    String dims,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean openRows,
    String output,
    String inputs,
    String head) {
  private static final String LINEAR = "linear:";

  ForeignModel {
    dims = RunOptions.given(dims);
    output = RunOptions.given(output);
    inputs = RunOptions.given(inputs);
    head = RunOptions.given(head);
  }

  static ForeignModel none() {
    return new ForeignModel("", false, "", "", "");
  }

  /** Whether the file is used as it is. */
  @JsonIgnore
  boolean isNone() {
    return equals(none());
  }

  @JsonIgnore
  boolean hasHead() {
    return !head.isEmpty();
  }

  /**
   * Refuses flags that mean nothing.
   *
   * @throws IllegalArgumentException saying what would do
   */
  void requireSense() {
    modelOptions();
    pairs(inputs, "--inputs", "INPUT=COLUMN or INPUT=PREFIX*");
    if (hasHead() && !head.matches(LINEAR + "[1-9][0-9]{0,5}")) {
      throw new IllegalArgumentException(
          "--head: expected linear:K, K classes or 1 for a number, not '" + head + "'");
    }
  }

  /**
   * The file made to tell by itself how it is used, its new head untrained.
   *
   * @param columns the public table, whose columns are looked through
   */
  ModelFile adapted(Path path, LossChoice loss, DataFile columns) {
    Adaptation adaptation = Adaptation.of(path, modelOptions());
    if (!inputs.isEmpty()) {
      adaptation.columns(columnsOf(adaptation, path, columns));
    }
    if (!hasHead()) {
      return adaptation.file();
    }
    int outputs = Integer.parseInt(head.substring(LINEAR.length()));
    return (outputs > 1
            ? adaptation.classes(outputs)
            : adaptation.number(loss.asked().orElse(Loss.squaredError())))
        .file();
  }

  private ModelOptions modelOptions() {
    ModelOptions options = ModelOptions.defaults();
    for (Map.Entry<String, String> pair : pairs(dims, "--dims", "NAME=EXTENT").entrySet()) {
      if (!pair.getValue().matches("[1-9][0-9]{0,7}")) {
        throw new IllegalArgumentException(
            "--dims: the extent of '" + pair.getKey() + "' is no number: " + pair.getValue());
      }
      options = options.withDimension(pair.getKey(), Integer.parseInt(pair.getValue()));
    }
    if (openRows) {
      options = options.withOpenRows();
    }
    return output.isEmpty() ? options : options.withOutput(output);
  }

  private List<String> columnsOf(Adaptation adaptation, Path path, DataFile file) {
    Map<String, String> patterns = pairs(inputs, "--inputs", "INPUT=COLUMN or INPUT=PREFIX*");
    if (!patterns.keySet().equals(adaptation.inputs().keySet())) {
      throw new InvalidDataException(
          "--inputs must name each input of %s: it has %s, named were %s"
              .formatted(path, adaptation.inputs().keySet(), patterns.keySet()));
    }
    List<String> columns = new ArrayList<>();
    adaptation
        .inputs()
        .forEach(
            (input, width) -> {
              List<String> found = matching(file.columns(), patterns.getOrDefault(input, ""));
              if (found.size() != width) {
                throw new InvalidDataException(
                    "%s: input '%s' of the model reads %d columns, and '%s' names %d"
                        .formatted(file.name(), input, width, patterns.get(input), found.size()));
              }
              columns.addAll(found);
            });
    return columns;
  }

  private static List<String> matching(List<String> columns, String pattern) {
    if (!pattern.endsWith("*")) {
      return columns.contains(pattern) ? List.of(pattern) : List.of();
    }
    String prefix = pattern.substring(0, pattern.length() - 1);
    return columns.stream().filter(column -> column.startsWith(prefix)).toList();
  }

  private static Map<String, String> pairs(String text, String flag, String expected) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : text.isEmpty() ? List.<String>of() : List.of(text.split(",", -1))) {
      int at = pair.indexOf('=');
      if (at < 1
          || at == pair.length() - 1
          || pairs.put(pair.substring(0, at), pair.substring(at + 1)) != null) {
        throw new IllegalArgumentException(
            flag
                + ": expected "
                + expected
                + ", each once, separated by commas, not '"
                + text
                + "'");
      }
    }
    return pairs;
  }
}
