package org.quietune.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Recurrent layers, written out step by step: the weights are used once per step, and their
 * gradients add up.
 */
final class RecurrentOperators {
  private RecurrentOperators() {}

  static Map<String, Lowering> all() {
    return Map.of(
        "RNN", (node, to) -> new Layer(node, to, 1, Layer::rnn).run(),
        "GRU", (node, to) -> new Layer(node, to, 3, Layer::gru).run(),
        "LSTM", (node, to) -> new Layer(node, to, 4, Layer::lstm).run());
  }

  /** One step: the next states from the last and the step's share of the input. */
  private interface Step {
    List<Value> next(Layer layer, Direction direction, Value x, List<Value> states);
  }

  /**
   * The tensors of one direction.
   *
   * @param recurrent gates × hidden rows
   * @param bias of the recurrent part, [gates · hidden]
   * @param activations functions by name
   */
  private record Direction(Value recurrent, Value bias, List<String> activations) {}

  private static final class Layer {
    private final OnnxNode node;
    private final ProgramBuilder to;
    private final int gates;
    private final Step step;
    private final int hidden;
    private final int directions;
    private final boolean recordsFirst;

    Layer(OnnxNode node, ProgramBuilder to, int gates, Step step) {
      this.node = node;
      this.to = to;
      this.gates = gates;
      this.step = step;
      this.hidden = node.input(2).shape().dim(2);
      this.directions = node.input(1).shape().dim(0);
      this.recordsFirst = node.flag("layout", false);
      boolean special =
          node.has(4) || node.has(7) || node.has("clip") || node.flag("input_forget", false);
      if (special) {
        throw new IllegalArgumentException(
            "sequence lengths, peepholes, clip and input_forget are not supported");
      }
      if (node.integer("hidden_size", hidden) != hidden
          || directions != (node.text("direction", "forward").equals("bidirectional") ? 2 : 1)) {
        throw new IllegalArgumentException("weights do not fit direction and hidden_size");
      }
    }

    List<Value> run() {
      Value x = node.input(0);
      x = recordsFirst ? to.transpose(x, new int[] {1, 0, 2}) : x;
      List<Value> sequences = new ArrayList<>();
      List<List<Value>> finals = List.of(new ArrayList<>(), new ArrayList<>());
      int states = gates == 4 ? 2 : 1;
      for (int d = 0; d < directions; d++) {
        boolean backward = d == 1 || node.text("direction", "forward").equals("reverse");
        List<Value> outputs = run(x, d, backward, finals);
        sequences.add(to.concat(0, outputs));
      }
      // [steps, directions, N, hidden] and [directions, N, hidden], or with the records first.
      List<Value> results = new ArrayList<>();
      Value all = to.concat(1, sequences);
      results.add(recordsFirst ? to.transpose(all, new int[] {2, 0, 1, 3}) : all);
      for (int i = 0; i < states; i++) {
        Value last = to.concat(0, finals.get(i));
        results.add(recordsFirst ? to.transpose(last, new int[] {1, 0, 2}) : last);
      }
      return results;
    }

    private List<Value> run(Value x, int d, boolean backward, List<List<Value>> finals) {
      Value input = to.squeeze(to.pick(node.input(1), 0, new int[] {d}, 0), 0);
      Value recurrent = to.squeeze(to.pick(node.input(2), 0, new int[] {d}, 0), 0);
      int width = gates * hidden;
      Value xs = to.product(x, input, true);
      Value bias = to.constant(Value.Type.FLOAT, Shape.fixed(width), new double[width]);
      if (node.has(3)) {
        Value both = to.squeeze(to.pick(node.input(3), 0, new int[] {d}, 0), 0);
        xs = to.add(xs, part(both, 0, 0, width));
        bias = part(both, 0, width, width);
      }
      Direction direction = new Direction(recurrent, bias, activations(d));
      List<Value> states = new ArrayList<>();
      states.add(initial(5, d));
      if (gates == 4) {
        states.add(initial(6, d));
      }
      int steps = x.shape().dim(0);
      List<Value> outputs = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        int time = backward ? steps - 1 - i : i;
        Value now = to.squeeze(to.pick(xs, 0, new int[] {time}, 0), 0);
        states = step.next(this, direction, now, states);
        outputs.add(to.unsqueeze(states.get(0), 0, 1));
      }
      if (backward) {
        Collections.reverse(outputs);
      }
      for (int i = 0; i < states.size(); i++) {
        finals.get(i).add(to.unsqueeze(states.get(i), 0));
      }
      return outputs;
    }

    private Value initial(int index, int d) {
      if (!node.has(index)) {
        return to.constant(
            Value.Type.FLOAT, new Shape(new int[] {1, hidden}, 0), new double[hidden]);
      }
      Value given = node.input(index);
      given = recordsFirst ? to.transpose(given, new int[] {1, 0, 2}) : given;
      return to.squeeze(to.pick(given, 0, new int[] {d}, 0), 0);
    }

    private List<String> activations(int d) {
      List<String> defaults =
          switch (gates) {
            case 1 -> List.of("Tanh");
            case 3 -> List.of("Sigmoid", "Tanh");
            default -> List.of("Sigmoid", "Tanh", "Tanh");
          };
      List<String> given = node.texts("activations");
      int count = defaults.size();
      return given.isEmpty() ? defaults : given.subList(d * count, (d + 1) * count);
    }

    private Value part(Value x, int axis, int from, int count) {
      int[] places = new int[count];
      for (int i = 0; i < count; i++) {
        places[i] = from + i;
      }
      return to.pick(x, axis, places, 0);
    }

    private Value gate(Value all, int gate) {
      return part(all, all.shape().rank() - 1, gate * hidden, hidden);
    }

    /** The recurrent part of all gates. */
    private Value recur(Direction direction, Value state) {
      return to.add(to.product(state, direction.recurrent(), true), direction.bias());
    }

    private List<Value> rnn(Direction direction, Value x, List<Value> states) {
      Value sum = to.add(x, recur(direction, states.get(0)));
      return List.of(to.unary(direction.activations().get(0), sum));
    }

    /** Gates in ONNX's order: input, output, forget, cell. */
    private List<Value> lstm(Direction direction, Value x, List<Value> states) {
      List<String> f = direction.activations();
      Value sum = to.add(x, recur(direction, states.get(0)));
      Value input = to.unary(f.get(0), gate(sum, 0));
      Value output = to.unary(f.get(0), gate(sum, 1));
      Value forget = to.unary(f.get(0), gate(sum, 2));
      Value candidate = to.unary(f.get(1), gate(sum, 3));
      Value cell = to.add(to.multiply(forget, states.get(1)), to.multiply(input, candidate));
      return List.of(to.multiply(output, to.unary(f.get(2), cell)), cell);
    }

    /** Gates in ONNX's order: update, reset, hidden. */
    private List<Value> gru(Direction direction, Value x, List<Value> states) {
      List<String> f = direction.activations();
      Value state = states.get(0);
      boolean resetLast = node.flag("linear_before_reset", false);
      Value recurred = recur(direction, state);
      Value update = to.unary(f.get(0), to.add(gate(x, 0), gate(recurred, 0)));
      Value reset = to.unary(f.get(0), to.add(gate(x, 1), gate(recurred, 1)));
      Value memory;
      if (resetLast) {
        memory = to.multiply(reset, gate(recurred, 2));
      } else {
        Value rows = part(direction.recurrent(), 0, 2 * hidden, hidden);
        memory =
            to.add(to.product(to.multiply(reset, state), rows, true), gate(direction.bias(), 2));
      }
      Value candidate = to.unary(f.get(1), to.add(gate(x, 2), memory));
      Value keep = to.multiply(update, state);
      Value replace = to.binary(BinaryFunction.SUB, to.number(1), update);
      return List.of(to.add(to.multiply(replace, candidate), keep));
    }
  }
}
