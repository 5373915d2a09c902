package org.quietune.experiments.mnist;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.model.ModelFile;
import org.quietune.release.Sha256;
import org.quietune.tuning.Architecture;
import org.quietune.tuning.PublicTraining;

/** Pretrained models on disk, each trained once. Its name tells the data that it was trained on. */
final class PretrainedModels {
  /** Enough of a hash for a file name. */
  private static final int NAME_DIGITS = 16;

  private final Path folder;

  PretrainedModels(Path folder) {
    this.folder = folder;
  }

  /**
   * The model of a part: read where it was trained before on the same images, else trained and
   * kept.
   */
  ModelFile get(Part part, PublicTable images, Architecture architecture, DoubleConsumer progress)
      throws IOException {
    Path file = file(part, images, architecture);
    if (Files.exists(file)) {
      return ModelFile.load(file);
    }
    ModelFile model = PublicTraining.train(images, architecture, Part.CLASSES, progress).model();
    Files.createDirectories(folder);
    model.save(file);
    return model;
  }

  /** Where the model is kept. */
  Path file(Part part, PublicTable images, Architecture architecture) {
    String content = content(images, architecture).substring(0, NAME_DIGITS);
    return folder.resolve("pretrained-" + part.letter() + "-" + content + ".onnx");
  }

  private static String content(PublicTable images, Architecture architecture) {
    List<String> hashes = new ArrayList<>(List.of(architecture.toString()));
    for (Example image : images.rows()) {
      ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES + Float.BYTES * image.features().length);
      bytes.putDouble(image.label()).asFloatBuffer().put(image.features());
      hashes.add(Sha256.hex(bytes.array()));
    }
    return Sha256.hex(String.join("\n", hashes).getBytes(StandardCharsets.US_ASCII));
  }
}
