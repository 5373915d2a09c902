package org.quietune.model;

import static java.util.Map.entry;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The elementwise functions of one value, by ONNX operator. */
final class UnaryFunctions {
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

  /** Slope of the normal distribution function at 0. */
  private static final double NORMAL_PEAK = 1 / Math.sqrt(2 * Math.PI);

  /** Those without attributes. */
  private static final Map<String, UnaryFunction> PLAIN =
      Map.ofEntries(
          entry("Abs", new UnaryFunction(Math::abs, (x, y, g) -> Math.signum(x) * g, Tensor::abs)),
          entry("Ceil", UnaryFunction.flat(Math::ceil, Tensor::ceil)),
          entry(
              "Cos",
              new UnaryFunction(StrictMath::cos, (x, y, g) -> -g * StrictMath.sin(x), Tensor::cos)),
          entry(
              "Erf",
              new UnaryFunction(
                  StrictErf::erf,
                  (x, y, g) -> g * TWO_OVER_SQRT_PI * StrictMath.exp(-x * x),
                  Tensor::erf)),
          entry("Exp", new UnaryFunction(StrictMath::exp, (x, y, g) -> g * y, Tensor::exp)),
          entry("Floor", UnaryFunction.flat(Math::floor, Tensor::floor)),
          entry(
              "HardSwish",
              new UnaryFunction(
                  x -> x * Math.min(Math.max(x + 3, 0), 6) / 6,
                  (x, y, g) -> x < -3 ? 0 : x <= 3 ? g * (x / 3 + 0.5) : g,
                  torch::hardswish)),
          entry("IsNaN", UnaryFunction.flat(x -> Double.isNaN(x) ? 1 : 0, Tensor::isnan)),
          entry("Log", new UnaryFunction(StrictMath::log, (x, y, g) -> g / x, Tensor::log)),
          entry("Neg", new UnaryFunction(x -> -x, (x, y, g) -> -g, Tensor::neg)),
          entry("Not", UnaryFunction.flat(x -> x == 0 ? 1 : 0, Tensor::logical_not)),
          entry(
              "Reciprocal",
              new UnaryFunction(x -> 1 / x, (x, y, g) -> -g * y * y, Tensor::reciprocal)),
          entry("Relu", relu()),
          entry("Round", UnaryFunction.flat(Math::rint, Tensor::round)),
          entry("Sigmoid", sigmoid()),
          entry("Sign", UnaryFunction.flat(Math::signum, Tensor::sign)),
          entry(
              "Sin",
              new UnaryFunction(StrictMath::sin, (x, y, g) -> g * StrictMath.cos(x), Tensor::sin)),
          entry(
              "Softplus",
              new UnaryFunction(
                  x -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x))),
                  (x, y, g) -> g * CrossEntropy.sigmoid(x),
                  torch::softplus)),
          entry(
              "Softsign",
              new UnaryFunction(
                  x -> x / (1 + Math.abs(x)),
                  (x, y, g) -> g / ((1 + Math.abs(x)) * (1 + Math.abs(x))),
                  x -> x.div(x.abs().add(new Scalar(1.0))))),
          entry("Sqrt", new UnaryFunction(Math::sqrt, (x, y, g) -> g / (2 * y), Tensor::sqrt)),
          entry("Tanh", tanh()));

  private UnaryFunctions() {}

  /** The names of the operators that {@link #plain} knows. */
  static Iterable<String> names() {
    return PLAIN.keySet();
  }

  static UnaryFunction plain(String operator) {
    UnaryFunction function = PLAIN.get(operator);
    if (function == null) {
      throw new IllegalArgumentException("no elementwise function " + operator);
    }
    return function;
  }

  /** max(0, x); the slope at 0 is 0. */
  private static UnaryFunction relu() {
    return new UnaryFunction(
        x -> Math.max(x, 0.0), (x, y, g) -> y <= 0 ? 0 : g, Tensor::relu, new ReluRows());
  }

  private static UnaryFunction sigmoid() {
    return new UnaryFunction(CrossEntropy::sigmoid, (x, y, g) -> g * (1 - y) * y, Tensor::sigmoid);
  }

  private static UnaryFunction tanh() {
    return new UnaryFunction(
        StrictTanh::tanh, (x, y, g) -> g * (1 - y * y), Tensor::tanh, new TanhRows());
  }

  private static final class ReluRows implements UnaryFunction.Rows {
    @Override
    public void value(double[] x, double[] y, int n) {
      for (int j = 0; j < n; j++) {
        y[j] = Math.max(x[j], 0.0);
      }
    }

    @Override
    public void addAdjoint(double[] x, double[] y, double[] g, double[] to, int n) {
      for (int j = 0; j < n; j++) {
        to[j] += y[j] <= 0 ? 0 : g[j];
      }
    }
  }

  private static final class TanhRows implements UnaryFunction.Rows {
    @Override
    public void value(double[] x, double[] y, int n) {
      StrictTanh.tanh(x, y, n);
    }

    @Override
    public void addAdjoint(double[] x, double[] y, double[] g, double[] to, int n) {
      StrictTanh.addAdjoint(y, g, to, n);
    }
  }

  static UnaryFunction leakyRelu(double alpha) {
    return new UnaryFunction(
        x -> x < 0 ? alpha * x : x,
        (x, y, g) -> x > 0 ? g : alpha * g,
        x -> torch.leaky_relu(x, new Scalar(alpha)));
  }

  /** x above 0, α(eˣ − 1) below, times γ: Elu with γ = 1, and Selu. */
  static UnaryFunction elu(double alpha, double gamma) {
    return new UnaryFunction(
        x -> gamma * (x > 0 ? x : alpha * StrictMath.expm1(x)),
        (x, y, g) -> x > 0 ? gamma * g : gamma * alpha * StrictMath.exp(x) * g,
        x -> torch.elu(x, new Scalar(alpha), new Scalar(gamma), new Scalar(1.0)));
  }

  /** max(0, min(1, αx + β)). */
  static UnaryFunction hardSigmoid(double alpha, double beta) {
    return new UnaryFunction(
        x -> Math.max(0, Math.min(1, alpha * x + beta)),
        (x, y, g) -> y > 0 && y < 1 ? alpha * g : 0,
        x ->
            x.mul(new Scalar(alpha))
                .add(new Scalar(beta))
                .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0))));
  }

  /** x Φ(x), Φ the normal distribution function. */
  static UnaryFunction gelu() {
    return new UnaryFunction(
        x -> 0.5 * x * (1 + StrictErf.erf(x * SQRT_HALF)),
        (x, y, g) ->
            g
                * (0.5 * (1 + StrictErf.erf(x * SQRT_HALF))
                    + x * NORMAL_PEAK * StrictMath.exp(-0.5 * x * x)),
        torch::gelu);
  }

  /** Clamping; the slope is 1 inside and on the edges. */
  static UnaryFunction clip(double low, double high) {
    return new UnaryFunction(
        x -> Math.min(Math.max(x, low), high),
        (x, y, g) -> x >= low && x <= high ? g : 0,
        x -> clamped(x, low, high));
  }

  private static Tensor clamped(Tensor x, double low, double high) {
    boolean whole = !x.is_floating_point();
    Tensor y = x;
    if (low != Double.NEGATIVE_INFINITY) {
      y = y.clamp_min(whole ? new Scalar((long) low) : new Scalar(low));
    }
    if (high != Double.POSITIVE_INFINITY) {
      y = y.clamp_max(whole ? new Scalar((long) high) : new Scalar(high));
    }
    return y;
  }
}
