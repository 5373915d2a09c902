package org.quietune.accounting;

/**
 * Masses of the standard normal law in double precision, by their logarithms: for tables of many
 * points, where {@link NormalTail} would be too slow.
 *
 * <p>Numerics: relative errors of masses are below 2^−48 (16 + |log mass|), for intervals of any
 * width and in tails of any depth; {@code NormalLawTest} compares with {@link NormalTail}.
 *
 * <p>Source of the rational approximations: W. J. Cody, "Rational Chebyshev approximations for the
 * error function", Math. Comp. 23, 1969, as in his SPECFUN routine CALERF.
 */
final class NormalLaw {

  private static final double LOG_SQRT_TWO_PI = 0.9189385332046728;
  private static final double SQRT_HALF_PI = 1.2533141373155003;
  private static final double SQRT_HALF = 0.7071067811865476;
  private static final double INVERSE_SQRT_PI = 0.5641895835477563;

  private static final double[] ERF_NUMERATOR = {
    0.18577770618460315,
    3.1611237438705655,
    113.86415415105016,
    377.485237685302,
    3209.3775891384694
  };
  private static final double[] ERF_DENOMINATOR = {
    1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171
  };
  private static final double[] MIDDLE_NUMERATOR = {
    2.1531153547440383e-08,
    0.5641884969886701,
    8.883149794388377,
    66.11919063714163,
    298.6351381974001,
    881.952221241769,
    1712.0476126340707,
    2051.0783778260716,
    1230.3393547979972
  };
  private static final double[] MIDDLE_DENOMINATOR = {
    1,
    15.744926110709835,
    117.6939508913125,
    537.1811018620099,
    1621.3895745666903,
    3290.7992357334597,
    4362.619090143247,
    3439.3676741437216,
    1230.3393548037495
  };
  private static final double[] FAR_NUMERATOR = {
    0.016315387137302097,
    0.30532663496123236,
    0.36034489994980445,
    0.12578172611122926,
    0.016083785148742275,
    0.0006587491615298378
  };
  private static final double[] FAR_DENOMINATOR = {
    1,
    2.568520192289822,
    1.8729528499234673,
    0.5279051029514285,
    0.06051834131244132,
    0.0023352049762686918
  };

  /** Nodes and weights of Gauss and Legendre's rule with four points on [−1, 1], one side. */
  private static final double INNER_NODE = 0.33998104358485626;

  private static final double OUTER_NODE = 0.8611363115940526;
  private static final double INNER_WEIGHT = 0.6521451548625461;
  private static final double OUTER_WEIGHT = 0.34785484513745385;

  /** Below this half width times (|middle| + 3), the rule is off by less than 1e-17, relatively. */
  private static final double NARROW = 0.05;

  private NormalLaw() {}

  /** The Mills ratio Φ(−x)/φ(x) for x ≥ 0. */
  static double mills(double x) {
    double y = x * SQRT_HALF;
    if (y <= 0.46875) {
      double square = y * y;
      double erf = y * ratio(ERF_NUMERATOR, ERF_DENOMINATOR, square);
      return SQRT_HALF_PI * Math.exp(square) * (1 - erf);
    }
    if (y <= 4) {
      return SQRT_HALF_PI * ratio(MIDDLE_NUMERATOR, MIDDLE_DENOMINATOR, y);
    }
    double inverseSquare = 1 / y / y;
    double correction = inverseSquare * ratio(FAR_NUMERATOR, FAR_DENOMINATOR, inverseSquare);
    return SQRT_HALF_PI * (INVERSE_SQRT_PI - correction) / y;
  }

  private static double ratio(double[] numerator, double[] denominator, double x) {
    double above = numerator[0];
    double below = denominator[0];
    for (int i = 1; i < numerator.length; i++) {
      above = above * x + numerator[i];
      below = below * x + denominator[i];
    }
    return above / below;
  }

  /** log φ(x). */
  static double logDensity(double x) {
    return -x * x / 2 - LOG_SQRT_TWO_PI;
  }

  /** log Φ(−x), the mass above x. */
  static double logTail(double x) {
    if (x == Double.POSITIVE_INFINITY) {
      return Double.NEGATIVE_INFINITY;
    }
    if (x < 0) {
      return Math.log1p(-Math.exp(logTail(-x)));
    }
    return logDensity(x) + Math.log(mills(x));
  }

  /** The log of the mass that N(mean, 1) has between {@code low} and {@code high}. */
  static double logMass(double low, double high, double mean) {
    if (!(low < high)) {
      return Double.NEGATIVE_INFINITY;
    }
    if (high == Double.POSITIVE_INFINITY) {
      return logTail(low - mean);
    }
    if (low == Double.NEGATIVE_INFINITY) {
      return logTail(mean - high);
    }
    // The law is symmetric, so the middle may as well lie on the right.
    double middle = Math.abs((low + high) / 2 - mean);
    double halfWidth = (high - low) / 2;
    if (halfWidth * (middle + 3) < NARROW) {
      return logDensity(middle) + Math.log(2 * halfWidth * meanRatio(middle, halfWidth));
    }
    double a = middle - halfWidth;
    double b = middle + halfWidth;
    if (a < 0) {
      return Math.log(-Math.expm1(logTail(-a)) - Math.exp(logTail(b)));
    }
    return logDensity(a) + Math.log(mills(a) - Math.exp(-2 * halfWidth * middle) * mills(b));
  }

  /** The mean of φ(x)/φ(middle) over the interval. */
  private static double meanRatio(double middle, double halfWidth) {
    return (INNER_WEIGHT * ratioAt(INNER_NODE, middle, halfWidth)
            + OUTER_WEIGHT * ratioAt(OUTER_NODE, middle, halfWidth))
        / 2;
  }

  /** The sum of the ratios at both nodes ±node. */
  private static double ratioAt(double node, double middle, double halfWidth) {
    double x = node * halfWidth;
    return 2 * Math.exp(-x * x / 2) * coshOfSmall(middle * x);
  }

  /** cosh by its series; arguments are below {@link #NARROW}. */
  private static double coshOfSmall(double x) {
    double square = x * x;
    return 1 + square / 2 * (1 + square / 12 * (1 + square / 30 * (1 + square / 56)));
  }
}
