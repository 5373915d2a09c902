package org.quietune.experiments.mnist;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.quietune.data.PublicTable;
import org.quietune.model.ModelFile;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.PublicTraining;

/** A convolutional network that takes seconds to train. */
final class TestModel {
  private static final Map<Integer, ModelFile> BY_SIZE = new ConcurrentHashMap<>();

  private TestModel() {}

  /** A tiny one for drawn digits, trained once per number of them. */
  static ModelFile get(PublicTable drawn) {
    return BY_SIZE.computeIfAbsent(
        drawn.size(),
        size ->
            PublicTraining.train(
                    drawn, Architecture.parse("cnn:4:4:8"), Part.CLASSES, progress -> {})
                .model());
  }

  /** One that has room for ten classes, whatever the table shows. */
  static ModelFile trained(PublicTable table) {
    return PublicTraining.train(
            table, Architecture.parse("cnn:4:4:8"), Part.CLASSES, progress -> {})
        .model();
  }
}
