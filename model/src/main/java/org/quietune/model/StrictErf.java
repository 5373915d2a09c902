package org.quietune.model;

/**
 * The error function with the same bits everywhere, to less than one unit in the last place: the
 * rational approximations of fdlibm's s_erf.c (Sun Microsystems, 1993), over {@link
 * StrictMath#exp}.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // as published
final class StrictErf {
  private static final double AT_ONE = 8.45062911510467529297e-01;
  private static final double SLOPE_MINUS_ONE = 1.28379167095512586316e-01;

  /** erf x = x + x · P(x²) / Q(x²) for |x| below 0.84375. */
  private static final double[] P = {
    1.28379167095512558561e-01,
    -3.25042107247001499370e-01,
    -2.84817495755985104766e-02,
    -5.77027029648944159157e-03,
    -2.37630166566501626084e-05
  };

  private static final double[] Q = {
    1,
    3.97917223959155352819e-01,
    6.50222499887672944485e-02,
    5.08130628187576562776e-03,
    1.32494738004321644526e-04,
    -3.96022827877536812320e-06
  };

  /** erf x = erf 1 + A(|x| − 1) / B(|x| − 1) below 1.25. */
  private static final double[] A = {
    -2.36211856075265944077e-03,
    4.14856118683748331666e-01,
    -3.72207876035701323847e-01,
    3.18346619901161753674e-01,
    -1.10894694282396677476e-01,
    3.54783043256182359371e-02,
    -2.16637559486879084300e-03
  };

  private static final double[] B = {
    1,
    1.06420880400844228286e-01,
    5.40397917702171048937e-01,
    7.18286544141962662868e-02,
    1.26171219808761642112e-01,
    1.36370839120290507362e-02,
    1.19844998467991074170e-02
  };

  /** 1 − erf x = exp(−x² − 0.5625 + C(1/x²) / D(1/x²)) / x below 1 / 0.35. */
  private static final double[] C = {
    -9.86494403484714822705e-03,
    -6.93858572707181764372e-01,
    -1.05586262253232909814e+01,
    -6.23753324503260060396e+01,
    -1.62396669462573470355e+02,
    -1.84605092906711035994e+02,
    -8.12874355063065934246e+01,
    -9.81432934416914548592e+00
  };

  private static final double[] D = {
    1,
    1.96512716674392571292e+01,
    1.37657754143519042600e+02,
    4.34565877475229228821e+02,
    6.45387271733267880336e+02,
    4.29008140027567833386e+02,
    1.08635005541779435134e+02,
    6.57024977031928170135e+00,
    -6.04244152148580987438e-02
  };

  /** The same, below 6. */
  private static final double[] E = {
    -9.86494292470009928597e-03,
    -7.99283237680523006574e-01,
    -1.77579549177547519889e+01,
    -1.60636384855821916062e+02,
    -6.37566443368389627722e+02,
    -1.02509513161107724954e+03,
    -4.83519191608651397019e+02
  };

  private static final double[] F = {
    1,
    3.03380607434824582924e+01,
    3.25792512996573918826e+02,
    1.53672958608443695994e+03,
    3.19985821950859553908e+03,
    2.55305040643316442583e+03,
    4.74528541206955367215e+02,
    -2.24409524465858183362e+01
  };

  private StrictErf() {}

  static double erf(double x) {
    double size = Math.abs(x);
    if (Double.isNaN(x) || size < 0x1p-28) {
      return x + SLOPE_MINUS_ONE * x;
    }
    if (size < 0.84375) {
      double z = x * x;
      return x + x * (polynomial(P, z) / polynomial(Q, z));
    }
    return Math.copySign(beyond(size), x);
  }

  private static double beyond(double x) {
    if (x < 1.25) {
      double s = x - 1;
      return AT_ONE + polynomial(A, s) / polynomial(B, s);
    }
    if (x >= 6) {
      return 1;
    }
    double s = 1 / (x * x);
    double ratio =
        x < 1 / 0.35 ? polynomial(C, s) / polynomial(D, s) : polynomial(E, s) / polynomial(F, s);
    // x² in two parts, the first exact, so that its rounding is not blown up by exp.
    double head = Double.longBitsToDouble(Double.doubleToRawLongBits(x) & 0xffffffff00000000L);
    double tail =
        StrictMath.exp(-head * head - 0.5625) * StrictMath.exp((head - x) * (head + x) + ratio);
    return 1 - tail / x;
  }

  private static double polynomial(double[] coefficients, double x) {
    double sum = 0;
    for (int i = coefficients.length - 1; i >= 0; i--) {
      sum = sum * x + coefficients[i];
    }
    return sum;
  }
}
