package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;

/** What {@code --loss auto} makes of public labels where no file tells. */
class LossChoiceTest {
  /** One output, and no word of what it is. */
  private static final ModelFile UNDECLARED =
      ModelFile.load(
          Path.of("..", "model", "src", "test", "resources", "sklearn", "regression.onnx"));

  private static final ModelFile MAPS =
      ModelFile.load(
          Path.of("..", "model", "src", "test", "resources", "sklearn", "logistic.onnx"));

  private static String name(Loss loss) {
    return loss.isRegression() ? "squared" : "cross-entropy";
  }

  @ParameterizedTest
  @CsvSource({
    "0 1 1 0, cross-entropy, cross-entropy",
    "0 1 1 0 0 1 0 1 1 0 0.5, cross-entropy, cross-entropy",
    "0 3 7 1 12, squared, cross-entropy",
    "0 300 7 100 12, squared, squared",
    "0.5 1.5 2, squared, squared",
    "-1 1 -1 1, squared, squared"
  })
  void publicLabelsDecide(String labels, String forTheModel, String forANewOne) {
    double[] numbers =
        Arrays.stream(labels.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
    assertEquals(forTheModel, name(LossChoice.auto().on(UNDECLARED, () -> numbers)));
    assertEquals("cross-entropy", name(LossChoice.auto().on(MAPS, () -> numbers)));
    assertEquals(forANewOne, name(LossChoice.auto().onPublic(numbers)));
  }
}
