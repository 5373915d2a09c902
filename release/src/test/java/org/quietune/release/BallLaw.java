package org.quietune.release;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The law of round(center + σX) conditioned on a ball, by enumeration of its lattice points: an
 * oracle that shares nothing with the sampler. Cell probabilities come from Gauss–Legendre
 * quadrature, right to 1e-12 for σ ≥ 1.
 */
final class BallLaw {
  private static final double[] NODES = {
    0.1488743389816312,
    0.4333953941292472,
    0.6794095682990244,
    0.8650633666889845,
    0.9739065285171717
  };
  private static final double[] WEIGHTS = {
    0.2955242247147529,
    0.2692667193099963,
    0.2190863625159820,
    0.1494513491505806,
    0.0666713443086881
  };

  private final Map<List<Long>, Double> masses = new HashMap<>();

  /** Enumerates. */
  static Map<List<Long>, Double> of(long[] center, double stddev, long radius) {
    BallLaw law = new BallLaw();
    law.enumerate(center, stddev, radius, new long[center.length], 0, 0, 1);
    double total = law.masses.values().stream().mapToDouble(m -> m).sum();
    law.masses.replaceAll((point, mass) -> mass / total);
    return law.masses;
  }

  private void enumerate(
      long[] center,
      double stddev,
      long radius,
      long[] point,
      int depth,
      long square,
      double mass) {
    if (depth == point.length) {
      masses.put(key(point), mass);
      return;
    }
    for (long y = -radius; y <= radius; y++) {
      if (square + y * y <= radius * radius) {
        point[depth] = y;
        enumerate(
            center,
            stddev,
            radius,
            point,
            depth + 1,
            square + y * y,
            mass * cell((double) (y - center[depth]), stddev));
      }
    }
  }

  static List<Long> key(long[] point) {
    return LongStream.of(point).boxed().collect(Collectors.toUnmodifiableList());
  }

  /** ∫ exp(−u²/(2σ²)) du over the cell around {@code offset}. */
  private static double cell(double offset, double stddev) {
    double sum = 0;
    for (int i = 0; i < NODES.length; i++) {
      double half = NODES[i] / 2;
      sum += WEIGHTS[i] / 2 * (kernel(offset + half, stddev) + kernel(offset - half, stddev));
    }
    return sum;
  }

  private static double kernel(double u, double stddev) {
    return Math.exp(-u * u / (2 * stddev * stddev));
  }

  /** The largest log ratio of probabilities of a point under the two laws, either way. */
  static double largestLogRatio(Map<List<Long>, Double> one, Map<List<Long>, Double> other) {
    double largest = 0;
    for (Map.Entry<List<Long>, Double> entry : one.entrySet()) {
      double ratio = entry.getValue() / other.getOrDefault(entry.getKey(), 0.0);
      largest = Math.max(largest, Math.abs(Math.log(ratio)));
    }
    return largest;
  }
}
