package org.quietune.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Records, during one forward pass, where trained tensors entered it. */
final class Tape {
  private final Parameters parameters;
  private final boolean recording;
  private final List<Tap> taps = new ArrayList<>();

  private Tape(Parameters parameters, boolean recording) {
    this.parameters = parameters;
    this.recording = recording;
  }

  /** A tape for a pass that will be followed by a backward pass. */
  static Tape recording(Parameters parameters) {
    return new Tape(parameters, true);
  }

  /** A tape for a pass that needs no gradient. */
  static Tape off(Parameters parameters) {
    return new Tape(parameters, false);
  }

  List<Tap> taps() {
    return taps;
  }

  void weight(String name, boolean transposed, double alpha, Tensor activation, Tensor output) {
    ParameterInfo parameter = parameters.find(name);
    if (recording && parameter != null) {
      taps.add(new Tap.Weight(parameter, transposed, alpha, activation, differentiable(output)));
    }
  }

  void bias(String name, double beta, Tensor output) {
    ParameterInfo parameter = parameters.find(name);
    if (recording && parameter != null) {
      taps.add(new Tap.Bias(parameter, beta, differentiable(output)));
    }
  }

  /**
   * The parameters themselves never require a gradient, so that the backward pass skips the
   * products that would sum it over the batch. The graph starts at the first tapped output instead.
   */
  private static Tensor differentiable(Tensor output) {
    return output.requires_grad() ? output : output.requires_grad_(true);
  }
}
