package org.quietune.accounting;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** The smallest doubles that are not below an exact number. */
final class DirectedRounding {

  private static final int SIGNIFICAND_BITS = 53;

  private DirectedRounding() {}

  /** numerator / denominator, both positive, rounded up; infinite beyond the doubles. */
  static double ratioUp(BigInteger numerator, BigInteger denominator) {
    int exponent = numerator.bitLength() - denominator.bitLength() - SIGNIFICAND_BITS;
    exponent = Math.max(exponent, Double.MIN_EXPONENT - SIGNIFICAND_BITS + 1);
    BigInteger significand = scaledUp(numerator, denominator, exponent);
    if (significand.bitLength() > SIGNIFICAND_BITS) {
      exponent++;
      significand = scaledUp(numerator, denominator, exponent);
    }
    return Math.scalb(significand.doubleValue(), exponent);
  }

  /** ⌈numerator / (denominator 2^exponent)⌉. */
  private static BigInteger scaledUp(BigInteger numerator, BigInteger denominator, int exponent) {
    BigInteger[] parts =
        numerator
            .shiftLeft(Math.max(0, -exponent))
            .divideAndRemainder(denominator.shiftLeft(Math.max(0, exponent)));
    return parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
  }

  /** √square, rounded up; infinite beyond the doubles. */
  static double squareRootUp(BigDecimal square) {
    double root = square.sqrt(MathContext.DECIMAL64).doubleValue();
    while (root <= Double.MAX_VALUE && isRootBelow(root, square)) {
      root = Math.nextUp(root);
    }
    while (root > 0 && root <= Double.MAX_VALUE && !isRootBelow(Math.nextDown(root), square)) {
      root = Math.nextDown(root);
    }
    return root;
  }

  private static boolean isRootBelow(double root, BigDecimal square) {
    BigDecimal exact = new BigDecimal(root);
    return exact.multiply(exact).compareTo(square) < 0;
  }

  /** 1 / value for a positive finite value, rounded up. */
  static double reciprocalUp(double value) {
    double nearest = 1 / value;
    // The remainder of a correctly rounded quotient has the sign of its error.
    return Math.fma(nearest, value, -1) < 0 ? Math.nextUp(nearest) : nearest;
  }
}
