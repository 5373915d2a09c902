package org.quietune.model;

/** The nonlinearity after each hidden layer of a built network. */
public enum Activation {
  /** max(0, x); hidden weights start at He's normal law (variance 2 / inputs). */
  RELU("Relu"),
  /** tanh x; hidden weights start at Glorot's normal law (variance 2 / (inputs + outputs)). */
  TANH("Tanh");

  private final String operator;

  Activation(String operator) {
    this.operator = operator;
  }

  /** The ONNX operator's name. */
  String operator() {
    return operator;
  }

  /** Standard deviation of the initial weights of a layer in front of this activation. */
  double initialStddev(int inputs, int outputs) {
    return this == RELU ? Math.sqrt(2.0 / inputs) : Math.sqrt(2.0 / (inputs + outputs));
  }
}
