package org.quietune.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import java.util.ArrayList;
import java.util.List;

/**
 * Small graphs around every supported operator. A line enrolls an operator in every test of {@link
 * OperatorParityTest}.
 *
 * <p>In a case, {@code a} is a value of the given shape behind a trained layer, {@code x} the
 * record's six numbers, and {@code b} what the case computes; its entries are the logits.
 */
final class OperatorCases {
  static final int WIDTH = 6;

  private final List<Case> cases = new ArrayList<>();

  /**
   * One graph in one version of the operator set.
   *
   * @param shape of {@code a} for one record
   */
  record Case(String text, int opset, List<Integer> shape) {
    ModelProto.Builder model() {
      GraphProto.Builder graph = ForeignModels.graph("x", "y");
      graph
          .getInputBuilder(0)
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .getShapeBuilder()
          .getDimBuilder(1)
          .setDimValue(WIDTH);
      int size = shape.stream().reduce(1, (a, b) -> a * b);
      List<String> dims = shape.stream().map(String::valueOf).toList();
      GraphText lines = new GraphText(graph);
      lines.add("first = MatMul(x, first.weight:" + WIDTH + "x" + size + ")");
      lines.add("bounded = Tanh(first)");
      lines.add("a = Reshape(bounded, #[-1," + String.join(",", dims) + "])");
      lines.add(text);
      lines.add("y = Flatten(b)");
      return ModelProto.newBuilder()
          .setIrVersion(8)
          .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
          .addOpsetImport(
              OperatorSetIdProto.newBuilder().setDomain(LinearModels.DOMAIN).setVersion(3))
          .setGraph(graph);
    }

    @Override
    public String toString() {
      return opset + ": " + text;
    }
  }

  static List<Case> all() {
    OperatorCases all = new OperatorCases();
    all.elementwise();
    all.shapes();
    all.selections();
    all.products();
    all.windows();
    all.reductions();
    all.normalizations();
    all.recurrent();
    all.machineLearning();
    return all.cases;
  }

  private static int[] since(int first) {
    return first >= 17 ? new int[] {first, 22} : new int[] {first, 17, 22};
  }

  private static int[] only(int... versions) {
    return versions;
  }

  private void add(int[] opsets, String text, Integer... shape) {
    for (int opset : opsets) {
      cases.add(new Case(text, opset, List.of(shape)));
    }
  }

  private void elementwise() {
    for (String name :
        List.of(
            "Abs",
            "Cos",
            "Erf",
            "Exp",
            "Neg",
            "Relu",
            "Sigmoid",
            "Sin",
            "Softplus",
            "Softsign",
            "Tanh",
            "Identity",
            "LeakyRelu",
            "Elu",
            "Selu",
            "HardSigmoid")) {
      add(since(9), "b = " + name + "(a)", 5);
    }
    add(since(14), "b = HardSwish(a)", 5);
    add(
        since(9),
        "e = Exp(a); s = Sqrt(e); l = Log(e); r = Reciprocal(e); t = Add(s, l); b = Sub(t, r)",
        5);
    add(
        since(11),
        "s = Mul(a, #2.7); f = Floor(s); c = Ceil(s); r = Round(s); g = Sign(s);"
            + " t = Sum(f, c, r, g); b = Mul(t, a)",
        7);
    add(since(9), "b = LeakyRelu(a) alpha=0.3", 5);
    add(since(9), "b = Elu(a) alpha=0.7", 5);
    add(since(9), "b = Selu(a) alpha=1.5 gamma=1.1", 5);
    add(since(9), "b = HardSigmoid(a) alpha=0.4 beta=0.3", 5);
    add(since(12), "b = Celu(a) alpha=0.6", 5);
    add(since(18), "b = Mish(a)", 5);
    add(since(9), "b = PRelu(a, s:4)", 3, 4);
    add(since(9), "b = PRelu(a, s:3x1x1)", 3, 2, 2);
    add(since(20), "b = Gelu(a)", 9);
    add(since(20), "b = Gelu(a) approximate='tanh'", 9);
    add(
        since(9),
        "d = Div(a, #1.4142135); e = Erf(d); f = Add(e, #1.0); g = Mul(a, f); b = Mul(g, #0.5)",
        9);
    add(since(9), "b = Add(a, c:4)", 3, 4);
    add(since(9), "b = Sub(c:3x1, a)", 3, 4);
    add(since(9), "m = Mul(a, c:1x3x4); b = Div(m, d:4)", 3, 4);
    add(since(9), "e = Exp(a); b = Div(#2.0, e)", 3);
    add(since(9), "m = MaxPool(a) kernel_shape=[4]; b = Mul(m, a)", 3, 4);
    add(since(9), "b = Pow(a, #2.0)", 5);
    add(since(9), "e = Exp(a); b = Pow(e, a)", 5);
    add(since(9), "e = Exp(a); b = Pow(e, p:5)", 5);
    add(since(13), "b = Pow(a, #3)", 5);
    add(since(9), "b = Max(a, c:5, #0.1)", 5);
    add(since(9), "b = Min(a, c:5, #0.1)", 5);
    add(since(9), "s = Sum(a, c:5, #0.1); m = Mean(a, s); b = Add(m, s)", 5);
    add(only(9), "b = Clip(a) min=-0.3 max=0.4", 7);
    add(since(11), "b = Clip(a, #-0.3, #0.4)", 7);
    add(since(11), "b = Clip(a, _, #0.4)", 7);
    add(
        since(9),
        "g = Greater(a, #0.1); l = Less(a, #0.5); o = And(g, l); n = Not(o);"
            + " r = Or(n, l); t = Xor(r, g); b = Where(t, a, c:5)",
        5);
    add(
        since(16),
        "g = GreaterOrEqual(a, #0.1); l = LessOrEqual(a, #0.5); e = Equal(g, l);"
            + " f = Cast(e) to=1; b = Mul(f, a)",
        5);
    add(since(9), "n = IsNaN(x); m = Where(n, #0.0, x); b = Mul(m, a)", 6);
    add(since(9), "i = Cast(x) to=7; f = Cast(i) to=1; b = Mul(f, a)", 6);
    add(since(15), "i = Cast(x) to=7; j = Div(i, #2); f = CastLike(j, a); b = Add(f, a)", 6);
    add(only(9, 12), "b = Dropout(a)", 5);
    add(since(13), "b, _ = Dropout(a, #0.5)", 5);
  }

  private void shapes() {
    add(since(9), "b = Reshape(a, #[0,2,-1])", 3, 4);
    add(since(14), "b = Reshape(a, #[-1,6,2]) allowzero=1", 3, 4);
    add(
        since(9),
        "s = Shape(a); n = Gather(s, #[0]); t = Concat(n, #[-1,2]) axis=0; r = Reshape(a, t);"
            + " b = Mul(r, c:2)",
        3,
        4);
    add(
        only(9, 12),
        "s = Shape(a); n = Gather(s, #0); k = Gather(s, #2); m = Mul(n, #3);"
            + " u = Unsqueeze(m) axes=[0]; v = Unsqueeze(k) axes=[0]; t = Concat(u, v) axis=0;"
            + " r = Reshape(a, t); p = MatMul(r, w:4x2); o = Unsqueeze(n) axes=[0];"
            + " z = Concat(o, #[3,2]) axis=0; b = Reshape(p, z)",
        3,
        4);
    add(
        since(15),
        "s = Shape(a) start=0 end=1; t = Concat(s, #[12]) axis=0; b = Reshape(a, t)",
        3,
        4);
    add(since(9), "z = Size(c:2x3); f = Cast(z) to=1; b = Mul(a, f)", 5);
    add(since(9), "f = Flatten(a) axis=1; b = Mul(f, c:12)", 3, 4);
    add(
        only(9, 12),
        "s = Squeeze(a) axes=[1]; u = Unsqueeze(s) axes=[2,3]; b = Mul(u, c:4x1x1)",
        1,
        4);
    add(since(13), "s = Squeeze(a, #[1]); u = Unsqueeze(s, #[-1]); b = Mul(u, c:4x1)", 1, 4);
    add(since(9), "b = Transpose(a) perm=[0,3,1,2]", 2, 3, 4);
    add(
        since(9),
        "t = Transpose(a) perm=[1,0,2]; m = MatMul(t, w:4x2); b = Transpose(m) perm=[1,0,2]",
        3,
        4);
    // Positions laid around records and heads within them, as PyTorch's attention does.
    add(
        since(9),
        "t = Transpose(a) perm=[1,0,2]; s = Shape(t); n = Gather(s, #[1]); m = Mul(n, #[2]);"
            + " u = Concat(#[3], m, #[4]) axis=0; h = Reshape(t, u); k = Transpose(h) perm=[1,0,2];"
            + " v = Transpose(h) perm=[1,2,0]; p = MatMul(k, v); w = Softmax(p) axis=2;"
            + " q = MatMul(w, k); z = Transpose(q) perm=[1,0,2]; f = Reshape(z, #[-1,8]);"
            + " g = Gemm(f, o:8x8, i:8); j = Concat(#[3], n, #[8]) axis=0; l = Reshape(g, j);"
            + " b = Transpose(l) perm=[1,0,2]",
        3,
        8);
    add(
        since(9),
        "t = Transpose(a) perm=[1,0,2]; f = Reshape(t, #[-1,4]); c = Concat(f, f) axis=1;"
            + " m = MatMul(c, w:8x4); s = Add(m, f); r = Reshape(s, #[3,-1,4]);"
            + " b = Transpose(r) perm=[1,0,2]",
        3,
        4);
    add(since(9), "e = Expand(a, #[1,3,4]); b = Mul(e, c:3x4)", 1, 4);
    add(since(9), "s = Shape(a); z = ConstantOfShape(s); t = Add(z, a); b = Exp(t)", 3, 4);
    add(since(9), "s = Shape(a); e = Expand(c:4, s); b = Mul(e, a)", 3, 4);
    add(since(11), "r = Range(#0, #4, #1); f = Cast(r) to=1; b = Mul(a, f)", 3, 4);
    add(
        since(9),
        "z = ConstantOfShape(#[4]); o = Add(z, #1.0); n = NonZero(o); f = Cast(n) to=1; b = Mul(a, f)",
        3,
        4);
    add(since(13), "k = Constant() value_int=2; f = Cast(k) to=1; b = Mul(a, f)", 4);
  }

  private void selections() {
    add(since(9), "t = Tanh(a); b = Concat(a, t, a) axis=1", 2, 3);
    add(since(9), "t = Exp(a); b = Concat(a, t) axis=-1", 2, 3);
    add(since(9), "b = Gather(a, #[2,0,-1]) axis=1", 3, 2);
    add(since(9), "b = Gather(a, #1) axis=2", 3, 2);
    add(
        since(9),
        "p = Abs(x); i = Cast(p) to=7; e = Gather(table:40x3, i); m = MatMul(e, w:3x2);"
            + " s = Flatten(m); t = MatMul(s, v:12x4); b = Add(t, a)",
        4);
    add(since(9), "g = Gather(pos:7x4, #[0,2,1]); b = Add(a, g)", 3, 4);
    add(only(9), "s = Slice(a) starts=[1,-3] ends=[3,9] axes=[1,2]; b = Exp(s)", 3, 4);
    add(since(10), "b = Slice(a, #[1,-3], #[3,9], #[1,2])", 3, 4);
    add(since(10), "b = Slice(a, #[3,0], #[-9,4], #[2,1], #[-2,1])", 3, 4);
    add(only(9, 12), "p, q = Split(a) axis=2 split=[1,3]; b = Mul(p, q)", 2, 4);
    add(since(13), "p, q = Split(a, #[1,3]) axis=2; b = Mul(p, q)", 2, 4);
    add(since(18), "p, q = Split(a) axis=2 num_outputs=2; b = Mul(p, q)", 2, 4);
    add(only(9, 10), "b = Pad(a) pads=[0,1,0,0,0,2] value=0.5", 2, 3);
    add(since(11), "b = Pad(a, #[0,1,0,0,0,2], #0.5)", 2, 3);
    add(since(11), "b = Pad(a, #[0,0,1,0,0,2]) mode='reflect'", 2, 4);
    add(since(11), "b = Pad(a, #[0,0,1,0,0,2]) mode='edge'", 2, 4);
    add(since(18), "b = Pad(a, #[1,2], _, #[2])", 2, 4);
    add(since(9), "b = Tile(a, #[1,2,3])", 2, 3);
    add(since(14), "b = Trilu(a)", 3, 4);
    add(since(14), "b = Trilu(a, #1) upper=0", 2, 3, 4);
    add(since(14), "m = Trilu(ones:3x3, #-1) upper=1; b = Mul(a, m)", 3, 3);
    add(
        since(10),
        "s = Shape(a); n = Slice(s, #[0], #[1]); t = Concat(n, #[2,4]) axis=0;"
            + " e = Expand(token:1x1x4, t); c = Concat(e, a) axis=1; b = Tanh(c)",
        3,
        4);
    add(
        since(18),
        "p, q = Split(w:6x4) axis=0 num_outputs=2; t = Transpose(q) perm=[1,0]; m = MatMul(a, t);"
            + " s = Slice(w, #[0], #[4], #[0]); n = MatMul(a, s); b = Concat(m, n) axis=1",
        4);
  }

  private void products() {
    add(since(9), "b = Gemm(a, w:5x3, c:3)", 5);
    add(since(9), "b = Gemm(a, w:11x5, c:1x11) transB=1 alpha=0.5 beta=2.0", 5);
    add(since(11), "b = Gemm(a, w:5x3) alpha=0.5", 5);
    add(since(11), "t = Transpose(a) perm=[1,0]; b = Gemm(t, w:5x9) transA=1", 5);
    add(since(12), "b = Einsum(a, w:5x2x3) equation='abc,cde->abde'", 4, 5);
    add(
        since(12),
        "e = Einsum(w:3x5, a) equation='dc,abc->bad'; b = Transpose(e) perm=[1,0,2]",
        4,
        5);
    add(since(12), "t = Tanh(a); b = Einsum(a, t) equation='aecd,abcd->acbe'", 3, 2, 4);
    add(since(12), "t = Tanh(a); b = Einsum(a, t) equation='acbe,aecd->abcd'", 2, 2, 2);
    add(since(12), "b = Einsum(a, w:2x5) equation='abc, dc -> ab'", 4, 5);
    add(since(12), "b = Einsum(a) equation='abc->acb'", 4, 5);
    add(since(12), "b = Einsum(a) equation='abc->ab'", 4, 5);
    add(since(9), "b = MatMul(a, w:5x3)", 4, 5);
    add(since(9), "b = MatMul(w:3x4, a)", 4, 5);
    add(since(9), "b = MatMul(a, w:5)", 4, 5);
    add(since(9), "b = MatMul(a, w:2x5x3)", 2, 4, 5);
    add(since(9), "t = Transpose(a) perm=[0,1,3,2]; b = MatMul(a, t)", 2, 4, 9);
    add(since(9), "t = Transpose(a) perm=[0,2,1]; b = MatMul(t, a)", 9, 5);
    add(since(9), "r = Transpose(w:3x5) perm=[1,0]; b = MatMul(a, r)", 4, 5);
    add(since(9), "m = MatMul(a, w:5x5); t = Tanh(m); n = MatMul(t, w); b = Add(n, c:5)", 2, 5);
  }

  private void windows() {
    for (int[] opset : List.of(only(9), since(11))) {
      add(opset, "b = Conv(a, k:4x2x3, c:4) pads=[1,0]", 2, 7);
      add(opset, "b = Conv(a, k:4x2x3x2, c:4) pads=[1,0,2,1] strides=[2,1]", 2, 6, 5);
      add(opset, "b = Conv(a, k:6x2x2x2) group=2 dilations=[2,1]", 4, 5, 4);
      add(
          opset,
          "b = Conv(a, k:4x1x3x3, c:4) group=4 auto_pad='SAME_UPPER' strides=[2,2]",
          4,
          5,
          6);
      add(opset, "b = Conv(a, k:2x1x2x4) auto_pad='SAME_LOWER'", 1, 5, 6);
      add(opset, "b = Conv(a, k:2x1x2x2) auto_pad='VALID' strides=[2,3]", 1, 5, 6);
      add(opset, "b = Conv(a, k:2x1x2x2x2)", 1, 3, 3, 4);
    }
    add(
        only(9, 10, 12, 22),
        "b = MaxPool(a) kernel_shape=[2,3] strides=[2,1] pads=[1,0,0,2]",
        2,
        5,
        6);
    add(only(10, 12, 22), "b = MaxPool(a) kernel_shape=[3] strides=[2] ceil_mode=1", 2, 8);
    add(
        only(10, 12, 22),
        "b = MaxPool(a) kernel_shape=[2,2] dilations=[2,1] strides=[1,2]",
        2,
        5,
        6);
    add(since(9), "b = MaxPool(a) kernel_shape=[2,2] strides=[2,2] auto_pad='SAME_UPPER'", 2, 5, 5);
    add(since(9), "b = AveragePool(a) kernel_shape=[2,3] strides=[2,1] pads=[1,0,0,2]", 2, 5, 6);
    add(
        since(9),
        "b = AveragePool(a) kernel_shape=[2,3] pads=[1,0,0,2] count_include_pad=1",
        2,
        5,
        6);
    add(only(10, 17, 22), "b = AveragePool(a) kernel_shape=[3] strides=[2] ceil_mode=1", 2, 8);
    add(only(19, 22), "b = AveragePool(a) kernel_shape=[2] dilations=[2]", 2, 8);
    add(since(9), "b = GlobalAveragePool(a)", 3, 4, 2);
    add(since(9), "b = GlobalMaxPool(a)", 3, 4, 2);
  }

  private void reductions() {
    for (String name : List.of("Mean", "Sum", "Max", "Min", "Prod", "L1", "L2", "SumSquare")) {
      add(only(9, 12), "b = Reduce" + name + "(a) axes=[1,-1] keepdims=0", 2, 3, 4);
      add(since(18), "b = Reduce" + name + "(a, #[2]) keepdims=1", 2, 3);
    }
    add(since(18), "r = ReduceSum(a) noop_with_empty_axes=1; b = Exp(r)", 3);
  }

  private void normalizations() {
    for (String name : List.of("Softmax", "LogSoftmax")) {
      add(only(9, 12), "s = " + name + "(a); b = Mul(s, c:3x4)", 3, 4);
      add(only(9, 12), "s = " + name + "(a) axis=2; b = Mul(s, c:3x4)", 3, 4);
      add(since(13), "s = " + name + "(a); b = Mul(s, c:3x4)", 3, 4);
      add(since(13), "s = " + name + "(a) axis=1; b = Mul(s, c:3x4)", 3, 4);
    }
    add(
        only(9, 15),
        "v = Abs(spread:3); b = BatchNormalization(a, s:3, c:3, m:3, v) epsilon=0.01",
        3,
        4,
        2);
    add(only(9, 15), "v = Abs(spread:5); b = BatchNormalization(a, s:5, c:5, m:5, v)", 5);
    add(since(17), "b = LayerNormalization(a, s:4, c:4)", 3, 4);
    add(since(17), "b = LayerNormalization(a, s:3x4) axis=1 epsilon=0.01", 3, 4);
    add(
        only(9),
        "m = ReduceMean(a) axes=[-1]; d = Sub(a, m); q = Pow(d, #2.0); v = ReduceMean(q) axes=[-1];"
            + " e = Add(v, #0.001); s = Sqrt(e); n = Div(d, s); t = Mul(n, g:4); b = Add(t, h:4)",
        3,
        4);
    add(since(9), "b = InstanceNormalization(a, s:3, c:3)", 3, 4, 2);
    add(only(18), "b = GroupNormalization(a, s:2, c:2) num_groups=2", 4, 3);
    add(only(21), "b = GroupNormalization(a, s:4, c:4) num_groups=2", 4, 3);
  }

  private void recurrent() {
    for (String direction : List.of("forward", "reverse", "bidirectional")) {
      int d = direction.equals("bidirectional") ? 2 : 1;
      String attributes = " hidden_size=2 direction='" + direction + "'";
      String input = "t = Transpose(a) perm=[1,0,2]; ";
      String both =
          "; u = Transpose(h) perm=[1,0,2]; f = Flatten(u); v = Transpose(q) perm=[2,0,1,3];"
              + " g = Flatten(v); b = Concat(f, g) axis=1";
      add(
          only(9, 14),
          input
              + "q, h, c = LSTM(t, w:"
              + d
              + "x8x3, r:"
              + d
              + "x8x2, i:"
              + d
              + "x16)"
              + attributes
              + both,
          4,
          3);
      add(
          only(9, 14),
          input
              + "q, h = GRU(t, w:"
              + d
              + "x6x3, r:"
              + d
              + "x6x2, i:"
              + d
              + "x12)"
              + attributes
              + both,
          4,
          3);
      add(
          only(9),
          input
              + "q, h = GRU(t, w:"
              + d
              + "x6x3, r:"
              + d
              + "x6x2, i:"
              + d
              + "x12)"
              + " linear_before_reset=1"
              + attributes
              + both,
          4,
          3);
      add(
          only(9),
          input
              + "q, h = RNN(t, w:"
              + d
              + "x2x3, r:"
              + d
              + "x2x2, i:"
              + d
              + "x4)"
              + attributes
              + both,
          4,
          3);
    }
    add(
        only(9),
        "t = Transpose(a) perm=[1,0,2]; z = ReduceMean(t) axes=[0]; y1 = Slice(z) starts=[0] ends=[2] axes=[2];"
            + " q, h, c = LSTM(t, w:1x8x3, r:1x8x2, _, _, y1, y1) hidden_size=2; m = Add(h, c);"
            + " b = Transpose(m) perm=[1,0,2]",
        4,
        3);
  }

  private void machineLearning() {
    add(since(9), "b = ml.Scaler(a) offset=[0.5,-0.2,0.1] scale=[2.0,0.5,-1.5]", 3);
    add(since(9), "b = ml.Scaler(a) offset=[0.5] scale=[2.0]", 3);
    for (String norm : List.of("L1", "L2", "MAX")) {
      add(since(9), "b = ml.Normalizer(a) norm='" + norm + "'", 4);
      add(since(9), "z = Mul(a, #0.0); n = ml.Normalizer(z) norm='" + norm + "'; b = Add(n, a)", 4);
    }
    add(
        since(9),
        "b = ml.Imputer(a) imputed_value_floats=[0.5,0.2,0.1] replaced_value_float=NaN",
        3);
    add(
        since(9),
        "m = Cast(x) to=7; i = ml.Imputer(m) imputed_value_int64s=[7] replaced_value_int64=0;"
            + " f = Cast(i) to=1; b = Mul(f, a)",
        6);
    add(
        since(9),
        "r = Relu(a); i = ml.Imputer(r) imputed_value_floats=[0.5] replaced_value_float=0.0;"
            + " b = Mul(i, a)",
        5);
    add(
        since(9),
        "i = Cast(x) to=7; h = ml.OneHotEncoder(i) cats_int64s=[-1,0,1] zeros=1; f = Flatten(h);"
            + " b = Mul(f, a)",
        18);
    add(
        since(9),
        "z = Mul(x, #0.0); h = ml.OneHotEncoder(z) cats_int64s=[3,0] zeros=0; f = Flatten(h);"
            + " b = Mul(f, a)",
        12);
    add(since(9), "b = ml.ArrayFeatureExtractor(a, #[2,0])", 3);
    add(since(9), "s = ml.ArrayFeatureExtractor(a, #1); b = Mul(s, a)", 3);
    add(since(9), "s = ml.Binarizer(a) threshold=0.1; b = Mul(s, a)", 5);
    add(since(9), "b = ml.FeatureVectorizer(a, x) inputdimensions=[3,6]", 3);
    add(
        since(9),
        "i = Cast(x) to=7; e = ml.LabelEncoder(i) keys_int64s=[0,1] values_floats=[0.5,2.0]"
            + " default_float=0.25; b = Mul(e, a)",
        6);
    add(
        since(9),
        "i = Cast(x) to=7; e = ml.LabelEncoder(i) keys_int64s=[0,-1] values_int64s=[5,2]"
            + " default_int64=1; f = Cast(e) to=1; b = Mul(f, a)",
        6);
  }
}
