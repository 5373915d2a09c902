package org.quietune.geometry;

import java.util.SplittableRandom;

/** Plain loops over row-major matrices, to hold the fast ones against. */
final class Matrices {
  private Matrices() {}

  static double[] identity(int k) {
    double[] identity = new double[k * k];
    for (int j = 0; j < k; j++) {
      identity[j * k + j] = 1;
    }
    return identity;
  }

  static double[] unit(int k, int j) {
    double[] unit = new double[k];
    unit[j] = 1;
    return unit;
  }

  /** {@code a·b} for a (m×k), b (k×n). */
  static double[] product(int m, int k, int n, double[] a, double[] b) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int l = 0; l < k; l++) {
        for (int j = 0; j < n; j++) {
          c[i * n + j] += a[i * k + l] * b[l * n + j];
        }
      }
    }
    return c;
  }

  static double[] transposed(int m, int n, double[] a) {
    double[] t = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        t[j * m + i] = a[i * n + j];
      }
    }
    return t;
  }

  /** Fills the lower triangle from the upper one. */
  static double[] symmetric(int k, double[] upper) {
    double[] full = upper.clone();
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < i; j++) {
        full[i * k + j] = upper[j * k + i];
      }
    }
    return full;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  static double[] uniform(SplittableRandom random, int length) {
    return random.doubles(length, -1, 1).toArray();
  }

  /** {@code RᵀR} for random R: positive semidefinite, of rank at most {@code rows}. */
  static double[] positiveSemidefinite(SplittableRandom random, int k, int rows) {
    double[] r = uniform(random, rows * k);
    return product(k, rows, k, transposed(rows, k, r), r);
  }

  static double largestDifference(double[] a, double[] b) {
    double largest = Math.abs(a.length - b.length);
    for (int j = 0; j < a.length; j++) {
      largest = Math.max(largest, Math.abs(a[j] - b[j]));
    }
    return largest;
  }
}
