package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A graph that combines records has no gradient per record. Each of these would give other values
 * to a batch than to its records one by one, or is an export for one fixed number of records.
 */
class MixedRecordsTest {
  @Test
  void graphsThatMixRecordsAreRefused() {
    for (String text :
        List.of(
            "b = Softmax(z) axis=0",
            "m = ReduceMean(z) axes=[0] keepdims=1; b = Sub(z, m)",
            "m = ReduceSum(z); b = Sub(z, m)",
            "t = Transpose(z) perm=[1,0]; b = Mul(t, z)",
            "t = Transpose(z) perm=[1,0]; p = MatMul(z, t); b = MatMul(p, z)",
            "s = Slice(z, #[0], #[1], #[0]); b = Add(z, s)",
            "s = Gather(z, #[0]); b = Add(z, s)",
            "s = Concat(z, z) axis=0; b = Tanh(s)",
            "s = Pad(z, #[1,0,0,0]); b = Tanh(s)",
            "t = Transpose(z) perm=[1,0]; r = Reshape(t, #[-1,2]); b = Tanh(r)",
            "t = Transpose(z) perm=[1,0]; r = Reshape(t, #[-1,1]); b = Reshape(r, #[-1,2])",
            "t = Transpose(z) perm=[1,0]; r = Reshape(t, #[-1,1]); q = Reshape(z, #[-1,1]);"
                + " b = Add(r, q)",
            "s = Einsum(z, z) equation='ab,cb->ac'; b = MatMul(s, z)",
            "s = Einsum(z) equation='ab->b'; b = Add(z, s)",
            "s = Tile(z, #[2,1]); b = Tanh(s)",
            "n = Shape(z); k = Gather(n, #[0]); f = Cast(k) to=1; b = Mul(z, f)",
            "u = Unsqueeze(z, #[0]); v = Unsqueeze(z, #[1]); d = Sub(u, v); b = ReduceMean(d)",
            "r = Reshape(z, #[1,-1]); s = Softmax(r); b = Reshape(s, #[-1,2])",
            "r = Reshape(z, #[3,2]); b = Tanh(r)")) {
      GraphProto.Builder graph = ForeignModels.graph("x", "y");
      new GraphText(graph).add("z = MatMul(x, w:4x2); " + text + "; y = Softmax(b)");
      ModelFile model = ModelFile.parse(ForeignModels.model(graph).toByteArray(), "mixed.onnx");
      String message =
          String.valueOf(
              assertThrows(InvalidModelException.class, () -> RowwiseNetwork.of(model), text)
                  .getMessage());
      assertEquals(1, message.lines().count(), message);
      assertTrue(
          message.contains("mix records")
              || message.contains("number of records")
              || message.contains("choose among records")
              || message.contains("cannot be combined")
              || message.contains("cannot become")
              || message.contains("do not fit")
              || message.contains("must have shape"),
          message);
    }
  }

  @Test
  void shapesOfBatchesAreToldFromThoseOfRecords() {
    Shape rows = new Shape(new int[] {1, 3}, 0);
    assertEquals("[N, 3]", rows.toString());
    assertEquals("[2, 2N]", new Shape(new int[] {2, 2}, 1).toString());
    assertEquals(rows, Shape.broadcast(List.of(rows, Shape.fixed(3))));
    assertEquals(rows, Shape.broadcast(List.of(Shape.fixed(1, 1), rows)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Shape.broadcast(List.of(rows, new Shape(new int[] {3, 1}, 1))));
    assertThrows(
        IllegalArgumentException.class, () -> Shape.broadcast(List.of(rows, Shape.fixed(2, 3))));
    assertThrows(IllegalArgumentException.class, () -> Shape.fixed(1 << 20, 1 << 20));
  }

  /** Two inputs: a record holds the entries of the first, then those of the second. */
  @Test
  void aRecordHoldsTheInputsOneAfterTheOther() {
    GraphProto.Builder graph = ForeignModels.graph("x", "y").addInput(ForeignModels.value("v", 3));
    new GraphText(graph)
        .add("z = MatMul(x, w:4x2); u = MatMul(v, m:3x2); b = Mul(z, u); y = Softmax(b)");
    ModelFile model = ModelFile.parse(ForeignModels.model(graph).toByteArray(), "two.onnx");
    assertEquals(7, model.inputWidth());
    Batch batch = TestModels.batch(5, 7, 2, 1);
    double[] theta = model.parameterValues();
    try (Network network = Network.of(model);
        OnnxScorer scorer = OnnxScorer.of(model)) {
      double[] ours = TestModels.probabilities(network.logits(theta, batch), 2);
      float[] theirs = scorer.probabilities(batch.features(), 5, 7);
      for (int i = 0; i < ours.length; i++) {
        assertEquals(theirs[i], ours[i], 1e-6);
      }
    }
  }
}
