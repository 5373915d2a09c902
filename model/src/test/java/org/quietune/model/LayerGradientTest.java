package org.quietune.model;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Per-example gradients of every kind of layer with parameters, in random shapes: against libtorch
 * (in batches and one record at a time), finite differences, and other records' presence.
 */
class LayerGradientTest {
  private static final int TRIES = 25;

  @Property(tries = TRIES)
  void convolution(
      @ForAll @IntRange(min = 1, max = 2) int groups,
      @ForAll @IntRange(min = 1, max = 2) int channels,
      @ForAll @IntRange(min = 1, max = 3) int filters,
      @ForAll @IntRange(min = 1, max = 3) int kernel,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @IntRange(max = 2) int padding,
      @ForAll @IntRange(min = 3, max = 7) int height,
      @ForAll @IntRange(min = 3, max = 6) int width) {
    require(
        "b = Conv(a, k:"
            + groups * filters
            + "x"
            + channels
            + "x"
            + kernel
            + "x"
            + kernel
            + ", c:"
            + groups * filters
            + ") group="
            + groups
            + " strides=["
            + stride
            + ",1] pads=["
            + padding
            + ",0,1,"
            + padding
            + "]",
        groups * channels,
        height,
        width);
  }

  @Property(tries = TRIES)
  void linearOverSequences(
      @ForAll @IntRange(min = 1, max = 5) int steps,
      @ForAll @IntRange(min = 1, max = 9) int inputs,
      @ForAll @IntRange(min = 1, max = 11) int outputs) {
    require(
        "m = MatMul(a, w:" + inputs + "x" + outputs + "); b = Add(m, c:" + outputs + ")",
        steps,
        inputs);
  }

  /** One square matrix used in three places, once transposed. */
  @Property(tries = TRIES)
  void sharedWeights(
      @ForAll @IntRange(min = 1, max = 4) int steps,
      @ForAll @IntRange(min = 2, max = 9) int width) {
    require(
        "m = MatMul(a, w:"
            + width
            + "x"
            + width
            + "); t = Tanh(m); n = MatMul(t, w); r = Transpose(w) perm=[1,0]; b = MatMul(n, r)",
        steps,
        width);
  }

  @Property(tries = TRIES)
  void normalization(
      @ForAll @IntRange(min = 1, max = 4) int steps,
      @ForAll @IntRange(min = 2, max = 9) int width) {
    require(
        "b = LayerNormalization(a, s:" + width + ", c:" + width + ") epsilon=0.01", steps, width);
  }

  @Property(tries = TRIES)
  void batchNormalization(
      @ForAll @IntRange(min = 1, max = 4) int channels,
      @ForAll @IntRange(min = 1, max = 5) int length) {
    String size = ":" + channels;
    require(
        "v = Abs(spread"
            + size
            + "); b = BatchNormalization(a, s"
            + size
            + ", c"
            + size
            + ", m"
            + size
            + ", v) epsilon=0.1",
        channels,
        length);
  }

  @Property(tries = TRIES)
  void embedding(
      @ForAll @IntRange(min = 12, max = 40) int words,
      @ForAll @IntRange(min = 1, max = 5) int width) {
    require(
        "p = Abs(x); i = Cast(p) to=7; e = Gather(table:"
            + words
            + "x"
            + width
            + ", i); f = Flatten(e); g = Tanh(f); b = MatMul(g, w:"
            + 6 * width
            + "x3)",
        2);
  }

  @Property(tries = TRIES)
  void recurrent(
      @ForAll @IntRange(min = 1, max = 5) int steps,
      @ForAll @IntRange(min = 1, max = 4) int inputs,
      @ForAll @IntRange(min = 1, max = 4) int hidden,
      @ForAll @IntRange(min = 1, max = 2) int directions,
      @ForAll boolean gated) {
    int gates = gated ? 3 : 4;
    String direction = directions == 2 ? "bidirectional" : "forward";
    require(
        "t = Transpose(a) perm=[1,0,2]; q, h = "
            + (gated ? "GRU" : "LSTM")
            + "(t, w:"
            + directions
            + "x"
            + gates * hidden
            + "x"
            + inputs
            + ", r:"
            + directions
            + "x"
            + gates * hidden
            + "x"
            + hidden
            + ", i:"
            + directions
            + "x"
            + 2 * gates * hidden
            + ") hidden_size="
            + hidden
            + " direction='"
            + direction
            + "'; u = Transpose(q) perm=[2,0,1,3]; b = Flatten(u)",
        steps,
        inputs);
  }

  /** Queries, keys and values of several heads, masked, as transformers write them. */
  @Property(tries = TRIES)
  void attention(
      @ForAll @IntRange(min = 1, max = 4) int steps,
      @ForAll @IntRange(min = 1, max = 3) int heads,
      @ForAll @IntRange(min = 1, max = 4) int depth) {
    int width = heads * depth;
    String square = ":" + width + "x" + width;
    String split = "#[0," + steps + "," + heads + "," + depth + "]";
    require(
        "q0 = MatMul(a, wq"
            + square
            + "); q1 = Reshape(q0, "
            + split
            + "); q = Transpose(q1) perm=[0,2,1,3];"
            + " k0 = MatMul(a, wk"
            + square
            + "); k1 = Reshape(k0, "
            + split
            + "); k = Transpose(k1) perm=[0,2,3,1];"
            + " v0 = MatMul(a, wv"
            + square
            + "); v1 = Reshape(v0, "
            + split
            + "); v = Transpose(v1) perm=[0,2,1,3];"
            + " s = MatMul(q, k); d = Div(s, #1.5); m = Add(d, mask0:"
            + steps
            + "x"
            + steps
            + ");"
            + " p = Softmax(m) axis=-1; o = MatMul(p, v); t = Transpose(o) perm=[0,2,1,3];"
            + " r = Reshape(t, #[0,"
            + steps
            + ","
            + width
            + "]); z = MatMul(r, wo"
            + square
            + "); b = Add(z, a)",
        steps,
        width);
  }

  private static void require(String text, Integer... shape) {
    OperatorParityTest.requireParity(new OperatorCases.Case(text, 17, List.of(shape)));
  }
}
