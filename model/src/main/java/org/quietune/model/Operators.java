package org.quietune.model;

import static java.util.Map.entry;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The ONNX operators that a network can run, by type. */
final class Operators {
  /** The versions of ONNX's operator set whose meaning the entries follow. */
  private static final long FIRST_OPSET = 9;

  private static final long LAST_OPSET = 22;

  private static final Map<String, Operator> BY_TYPE =
      Map.ofEntries(
          entry("Add", Operators::add),
          entry("Div", binary(Tensor::div)),
          entry("Gemm", Operators::gemm),
          entry("Identity", unary(x -> x)),
          entry("IsNaN", unary(Tensor::isnan)),
          entry("LogSoftmax", call -> rows(call).log_softmax(1)),
          entry("MatMul", Operators::matMul),
          entry("Max", folded(Tensor::maximum)),
          entry("Min", folded(Tensor::minimum)),
          entry("Mul", binary(Tensor::mul)),
          entry("Relu", unary(Tensor::relu)),
          entry("Sigmoid", unary(Tensor::sigmoid)),
          entry("Softmax", call -> rows(call).softmax(1)),
          entry("Sub", binary(Tensor::sub)),
          entry("Tanh", unary(Tensor::tanh)),
          entry("Where", call -> torch.where(call.input(0), call.input(1), call.input(2))));

  private Operators() {}

  /**
   * The operator of a node.
   *
   * @throws InvalidModelException naming the operator and the node, when it is not in the registry
   */
  static Operator of(NodeProto node, Graph graph) {
    Operator operator = Graph.isStandard(node.getDomain()) ? BY_TYPE.get(node.getOpType()) : null;
    if (operator == null) {
      throw unsupported(node, graph, BY_TYPE.keySet());
    }
    return operator;
  }

  /** The refusal of a node whose operator is not among those supported. */
  static InvalidModelException unsupported(NodeProto node, Graph graph, Set<String> supported) {
    return new InvalidModelException(
        graph.source(),
        "unsupported operator "
            + Graph.describe(node)
            + "; supported are "
            + String.join(", ", new TreeSet<>(supported)));
  }

  /** Refuses a graph of an operator set version whose meaning may differ. */
  static void requireOpset(Graph graph) {
    if (graph.opset() < FIRST_OPSET || graph.opset() > LAST_OPSET) {
      throw new InvalidModelException(
          graph.source(),
          "operator set version "
              + graph.opset()
              + " is not supported; supported are "
              + FIRST_OPSET
              + " to "
              + LAST_OPSET);
    }
  }

  private static Operator unary(UnaryOperator<Tensor> function) {
    return call -> function.apply(call.input(0));
  }

  private static Operator binary(BinaryOperator<Tensor> function) {
    return call -> function.apply(call.input(0), call.input(1));
  }

  private static Operator folded(BinaryOperator<Tensor> function) {
    return call -> {
      Tensor result = call.input(0);
      for (int i = 1; i < call.inputs(); i++) {
        result = function.apply(result, call.input(i));
      }
      return result;
    };
  }

  /** The input of an operator that normalizes over the columns of [N, K]. */
  private static Tensor rows(Call call) {
    Tensor input = call.input(0);
    long axis = call.attribute("axis", call.graph().opset() < 13 ? 1L : -1L);
    if (input.dim() != 2 || (axis != 1 && axis != -1)) {
      throw call.unsupported("only the columns of a [N, K] tensor can be normalized");
    }
    return input;
  }

  private static Tensor add(Call call) {
    Tensor sum = call.input(0).add(call.input(1));
    for (int i = 0; i < 2; i++) {
      call.tape().bias(call.inputName(i), 1, sum);
    }
    return sum;
  }

  private static Tensor matMul(Call call) {
    Product product = Product.of(call.node(), call.graph());
    Tensor activation = call.input(0);
    Tensor result = activation.matmul(call.input(1));
    call.tape().weight(call.inputName(1), product.transposed(), 1, activation, result);
    return result;
  }

  private static Tensor gemm(Call call) {
    Product product = Product.of(call.node(), call.graph());
    double alpha = product.alpha();
    double beta = product.beta();
    Tensor activation = call.input(0);
    Tensor factor = product.transposed() ? call.input(1).t() : call.input(1);
    Tensor result;
    if (call.has(2)) {
      result = torch.addmm(call.input(2), activation, factor, new Scalar(beta), new Scalar(alpha));
    } else {
      result = activation.matmul(factor);
      if (alpha != 1) {
        result = result.mul(new Scalar(alpha));
      }
    }
    call.tape().weight(call.inputName(1), product.transposed(), alpha, activation, result);
    if (call.has(2)) {
      call.tape().bias(call.inputName(2), beta, result);
    }
    return result;
  }
}
