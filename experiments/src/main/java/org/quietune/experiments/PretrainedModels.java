package org.quietune.experiments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.model.ModelFile;
import org.quietune.release.Sha256;
import org.quietune.tuning.Architecture;

/**
 * Pretrained models on disk, each trained once. Its name tells the data that it was trained on.
 * What training gives depends on the type of the processor in the last bits, which many steps make
 * a difference of: who goes on with an experiment on another machine takes its models along.
 */
public final class PretrainedModels {
  /** Enough of a hash for a file name. */
  private static final int NAME_DIGITS = 16;

  private final Path folder;

  /**
   * Models of a folder.
   *
   * @param folder made when it is needed
   */
  public PretrainedModels(Path folder) {
    this.folder = folder;
  }

  /**
   * A model: read where it was trained before on the same records, else trained and kept.
   *
   * @param name what it is called among others of the folder
   */
  public ModelFile get(
      String name, PublicTable records, Architecture architecture, Supplier<ModelFile> training)
      throws IOException {
    Path file = file(name, records, architecture);
    if (Files.exists(file)) {
      return ModelFile.load(file);
    }
    ModelFile model = training.get();
    Files.createDirectories(folder);
    model.save(file);
    return model;
  }

  /** Where the model is kept. */
  public Path file(String name, PublicTable records, Architecture architecture) {
    String content = content(records, architecture).substring(0, NAME_DIGITS);
    return folder.resolve(
        "pretrained-" + name.replaceAll("[^A-Za-z0-9]+", "-") + "-" + content + ".onnx");
  }

  private static String content(PublicTable records, Architecture architecture) {
    List<String> hashes = new ArrayList<>(List.of(architecture.toString()));
    for (Example record : records.rows()) {
      ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES + Float.BYTES * record.features().length);
      bytes.putDouble(record.label()).asFloatBuffer().put(record.features());
      hashes.add(Sha256.hex(bytes.array()));
    }
    return Sha256.hex(String.join("\n", hashes).getBytes(StandardCharsets.US_ASCII));
  }
}
