package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalDataTest {
  @Test
  void tensorsOutsideAreTakenIn(@TempDir Path folder) throws IOException {
    ModelFile inside = ForeignModels.kerasStyle();
    Path file = folder.resolve("m.onnx");
    ModelProto external = write(inside, folder, "weights.bin");
    Files.write(file, external.toByteArray());
    ModelFile read = ModelFile.load(file);
    assertEquals(inside.parameters(), read.parameters());
    assertArrayEquals(inside.parameterValues(), read.parameterValues());

    // Nothing but the tensors' place differs from what the file says.
    ModelProto.Builder expected = external.toBuilder();
    ModelProto.Builder actual = ModelProto.parseFrom(read.bytes()).toBuilder();
    for (ModelProto.Builder model : new ModelProto.Builder[] {expected, actual}) {
      for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
        tensor.clearExternalData().clearDataLocation().clearRawData();
      }
    }
    assertEquals(expected.build(), actual.build());

    // What is given out needs no other file.
    double[] theta = read.parameterValues();
    theta[0] += 1;
    Path elsewhere = Files.createDirectory(folder.resolve("out")).resolve("m.onnx");
    read.withParameters(theta).save(elsewhere);
    assertEquals((float) theta[0], ModelFile.load(elsewhere).parameterValues()[0]);
    assertEquals(read.bytes().length, Files.size(elsewhere));
    Batch batch = TestModels.batch(3, ForeignModels.WIDTH, 2, 1);
    try (OnnxScorer theirs = OnnxScorer.open(file);
        OnnxScorer ours = OnnxScorer.of(read)) {
      assertArrayEquals(
          theirs.probabilities(batch.features(), 3, ForeignModels.WIDTH),
          ours.probabilities(batch.features(), 3, ForeignModels.WIDTH));
    }
  }

  @Test
  void filesOutsideTheFolderAreNotRead(@TempDir Path folder) throws IOException {
    Path models = Files.createDirectory(folder.resolve("models"));
    write(ForeignModels.kerasStyle(), folder, "secret.bin");
    for (String location :
        new String[] {"../secret.bin", folder.resolve("secret.bin").toString(), ""}) {
      assertRefused("lies outside the model's folder", models, location, 0);
    }
    assertRefused("cannot be read from 'none.bin'", models, "none.bin", 0);
    assertRefused("reaches beyond the end of 'secret.bin'", folder, "secret.bin", 1 << 20);
  }

  private static void assertRefused(String part, Path folder, String location, long offset)
      throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(ForeignModels.kerasStyle().bytes()).toBuilder();
    TensorProto.Builder tensor = model.getGraphBuilder().getInitializerBuilder(0);
    tensor.clearFloatData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalDataBuilder().setKey("location").setValue(location);
    tensor.addExternalDataBuilder().setKey("offset").setValue(Long.toString(offset));
    Path file = folder.resolve("bad.onnx");
    Files.write(file, model.build().toByteArray());
    String message =
        String.valueOf(
            assertThrows(InvalidModelException.class, () -> ModelFile.load(file)).getMessage());
    assertTrue(message.contains(part), message);
  }

  /** Moves the values of every float tensor into a file. */
  private static ModelProto write(ModelFile inside, Path folder, String name) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(inside.bytes()).toBuilder();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.write(new byte[16]);
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      ByteBuffer values =
          ByteBuffer.allocate(Float.BYTES * tensor.getFloatDataCount())
              .order(ByteOrder.LITTLE_ENDIAN);
      tensor.getFloatDataList().forEach(values::putFloat);
      tensor.clearFloatData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
      tensor.addExternalDataBuilder().setKey("location").setValue(name);
      tensor.addExternalDataBuilder().setKey("offset").setValue(Integer.toString(data.size()));
      tensor
          .addExternalDataBuilder()
          .setKey("length")
          .setValue(Integer.toString(values.capacity()));
      data.write(values.array());
    }
    Files.write(folder.resolve(name), data.toByteArray());
    return model.build();
  }
}
