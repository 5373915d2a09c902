package org.quietune.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.ObjIntConsumer;

/**
 * Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with a bisection search for
 * the weak Wolfe conditions (Lewis and Overton 2013), in double and deterministic.
 */
final class Lbfgs {
  private static final int MEMORY = 20;
  private static final int MAX_BISECTIONS = 50;
  private static final double SUFFICIENT_DECREASE = 1e-4;
  private static final double CURVATURE = 0.9;

  /** A smooth function. */
  @FunctionalInterface
  interface Objective {
    /** Returns the value at {@code x} and overwrites {@code gradient}. */
    double evaluate(double[] x, double[] gradient);
  }

  /** s = x₊ − x, y = g₊ − g, rho = 1 / ⟨s, y⟩. */
  @SuppressWarnings("ArrayRecordComponent") // never compared or printed
  private record Correction(double[] s, double[] y, double rho) {}

  private Lbfgs() {}

  /**
   * Minimizes from {@code start} until no gradient coordinate exceeds {@code tolerance}, the search
   * cannot improve any more, or the iterations are used up.
   *
   * @param onIteration told the point (not to be changed) and the number of each iteration, from 1
   * @return the best point found; {@code start} is not changed
   */
  static double[] minimize(
      Objective objective,
      double[] start,
      int maxIterations,
      double tolerance,
      ObjIntConsumer<double[]> onIteration) {
    int d = start.length;
    double[] x = start.clone();
    double[] gradient = new double[d];
    double value = objective.evaluate(x, gradient);
    Deque<Correction> corrections = new ArrayDeque<>();
    for (int iteration = 1;
        iteration <= maxIterations && largest(gradient) > tolerance;
        iteration++) {
      double[] direction = direction(gradient, corrections);
      double slope = dot(direction, gradient);
      double[] next = new double[d];
      double[] nextGradient = new double[d];
      double nextValue = Double.NaN;
      double low = 0;
      double high = Double.POSITIVE_INFINITY;
      double step = corrections.isEmpty() ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
      boolean decreased = false;
      for (int i = 0; i < MAX_BISECTIONS; i++) {
        for (int j = 0; j < d; j++) {
          next[j] = x[j] + step * direction[j];
        }
        nextValue = objective.evaluate(next, nextGradient);
        decreased = nextValue <= value + SUFFICIENT_DECREASE * step * slope;
        if (!decreased) {
          high = step;
        } else if (dot(direction, nextGradient) < CURVATURE * slope) {
          low = step;
        } else {
          break;
        }
        step = high < Double.POSITIVE_INFINITY ? 0.5 * (low + high) : 2 * step;
      }
      if (!decreased) {
        break; // rounding leaves nothing to gain
      }
      remember(corrections, x, next, gradient, nextGradient);
      x = next;
      value = nextValue;
      gradient = nextGradient;
      onIteration.accept(x, iteration);
    }
    return x;
  }

  private static double[] direction(double[] gradient, Deque<Correction> corrections) {
    double[] q = gradient.clone();
    double[] alpha = new double[corrections.size()];
    int i = 0;
    for (Correction c : corrections) { // newest first
      alpha[i] = c.rho() * dot(c.s(), q);
      addScaled(q, -alpha[i], c.y());
      i++;
    }
    Correction newest = corrections.peekFirst();
    double scale = newest == null ? 1 : 1 / (newest.rho() * dot(newest.y(), newest.y()));
    for (int j = 0; j < q.length; j++) {
      q[j] *= scale;
    }
    for (Iterator<Correction> oldestFirst = corrections.descendingIterator();
        oldestFirst.hasNext(); ) {
      Correction c = oldestFirst.next();
      i--;
      addScaled(q, alpha[i] - c.rho() * dot(c.y(), q), c.s());
    }
    for (int j = 0; j < q.length; j++) {
      q[j] = -q[j];
    }
    return q;
  }

  private static void remember(
      Deque<Correction> corrections,
      double[] x,
      double[] next,
      double[] gradient,
      double[] nextGradient) {
    double[] s = next.clone();
    addScaled(s, -1, x);
    double[] y = nextGradient.clone();
    addScaled(y, -1, gradient);
    double curvature = dot(s, y);
    if (curvature > 1e-14 * dot(y, y)) {
      corrections.addFirst(new Correction(s, y, 1 / curvature));
      if (corrections.size() > MEMORY) {
        corrections.removeLast();
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void addScaled(double[] target, double factor, double[] source) {
    for (int i = 0; i < target.length; i++) {
      target[i] += factor * source[i];
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
