package org.quietune.model;

/**
 * What a built model predicts, and how its outputs say it.
 *
 * @param outputs width of the last layer
 * @param operator that ends the graph; empty where the last layer gives the output
 * @param output name of the output
 * @param documentation of the output
 * @param key of the metadata that tells
 * @param value of the metadata
 */
record Target(
    int outputs, String operator, String output, String documentation, String key, String value) {

  /** One of so many classes, at least 2; two give one sigmoid output. */
  static Target classes(int classes) {
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, was " + classes);
    }
    boolean binary = classes == 2;
    return new Target(
        binary ? 1 : classes,
        binary ? "Sigmoid" : "Softmax",
        "probability",
        binary
            ? "Probability of class 1."
            : "Probability of each class, in the order of its index.",
        ModelFile.CLASSES_KEY,
        Integer.toString(classes));
  }

  /** A number. */
  static Target number(Loss loss) {
    if (!loss.isRegression()) {
      throw new IllegalArgumentException("loss must be squared or huber, was " + loss.text());
    }
    return new Target(
        1, "", "prediction", "The number, in its unit.", ModelFile.LOSS_KEY, loss.text());
  }
}
