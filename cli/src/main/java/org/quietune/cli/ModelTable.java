package org.quietune.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.quietune.data.DataFile;
import org.quietune.data.Example;
import org.quietune.data.InvalidDataException;
import org.quietune.data.LabelDomain;
import org.quietune.data.PublicTable;
import org.quietune.model.ModelFile;

/** Fits tables to models: which columns a model reads, and which labels it knows. */
final class ModelTable {
  private ModelTable() {}

  /**
   * The columns that feed the model, in its order. A model that does not name its columns reads all
   * but the label and the unit, in the order of the file.
   */
  static List<String> columns(
      ModelFile model, Path modelPath, DataFile file, String label, Optional<String> unit) {
    if (!model.inputColumns().isEmpty()) {
      return model.inputColumns();
    }
    List<String> columns = new ArrayList<>(file.columns());
    columns.removeAll(Set.of(label));
    unit.ifPresent(columns::remove);
    if (columns.size() != model.inputWidth()) {
      throw new InvalidDataException(
          "%s has %d feature columns, but %s reads %d inputs and does not name them"
              .formatted(file.name(), columns.size(), modelPath, model.inputWidth()));
    }
    return columns;
  }

  /** Reads a public table for the model, its labels checked. */
  static PublicTable read(ModelFile model, Path modelPath, DataFile file, String label) {
    DataFile numbered = file.numbered(model.classNames());
    List<String> columns = columns(model, modelPath, numbered, label, Optional.empty());
    return PublicTable.read(numbered, columns, label, labels(model));
  }

  /** The labels that the model's loss is for. */
  static LabelDomain labels(ModelFile model) {
    return model.loss().isRegression()
        ? LabelDomain.numbers()
        : LabelDomain.classes(model.classes());
  }

  /** The labels of a public table, of whatever kind. */
  static double[] publicLabels(ModelFile model, Path modelPath, DataFile file, String label) {
    DataFile numbered = file.numbered(model.classNames());
    List<String> columns = columns(model, modelPath, numbered, label, Optional.empty());
    return labels(PublicTable.read(numbered, columns, label, LabelDomain.numbers()));
  }

  static double[] labels(PublicTable table) {
    return table.rows().stream().mapToDouble(Example::label).toArray();
  }
}
