package org.quietune.accounting;

import java.util.Arrays;

/**
 * The Fourier coefficients of a convolution of tilted laws, each with a bound on its rounding
 * error.
 *
 * <p>Numerics: coefficients are complex numbers of modulus at most one. Products and powers carry
 * the bound |vw − v̂ŵ| ≤ |v̂| e_w + |ŵ| e_v + e_v e_w + √5 u |v̂ŵ|; the last transform adds its own
 * error. So {@link #convolution} bounds every mass from above.
 */
final class Spectrum {

  /** Bounds √5 u, with room for the rounding of the bounds themselves. */
  private static final double PRODUCT_ERROR = 0x1p-51;

  /** Covers products that underflow; masses of interest are above 1e-30. */
  private static final double UNDERFLOW = 0x1p-1000;

  private final Fft fft;
  private final double[] real;
  private final double[] imaginary;
  private final double[] error;

  /** The transform of the unit mass at zero. */
  Spectrum(Fft fft) {
    this.fft = fft;
    this.real = new double[fft.size()];
    this.imaginary = new double[fft.size()];
    this.error = new double[fft.size()];
    Arrays.fill(real, 1);
  }

  /** Convolves with {@code count} copies of a law whose lattice is cut into circles. */
  void convolve(TiltedLaw law, long count) {
    int size = fft.size();
    double[] baseReal = new double[size];
    double[] baseImaginary = new double[size];
    double[] masses = law.masses();
    for (int i = 0; i < masses.length; i++) {
      baseReal[Math.floorMod(law.first() + i, size)] += masses[i];
    }
    fft.forward(baseReal, baseImaginary);
    // The masses, whose sum is one, may be off by their own rounding where several meet.
    double baseError = fft.error() + masses.length * 0x1p-53 / size + 0x1p-52;
    for (int k = 0; k < size; k++) {
      multiplyByPower(k, baseReal[k], baseImaginary[k], baseError, count);
    }
  }

  /** Square and multiply. */
  private void multiplyByPower(int k, double baseReal, double baseImaginary, double e, long count) {
    double vr = real[k];
    double vi = imaginary[k];
    double ve = error[k];
    double wr = baseReal;
    double wi = baseImaginary;
    double we = e;
    for (long left = count; left > 0; left >>= 1) {
      double w = Math.sqrt(wr * wr + wi * wi);
      if ((left & 1) == 1) {
        double v = Math.sqrt(vr * vr + vi * vi);
        ve = v * we + w * ve + ve * we + PRODUCT_ERROR * v * w + UNDERFLOW;
        double r = vr * wr - vi * wi;
        vi = vr * wi + vi * wr;
        vr = r;
      }
      we = (2 * w + we) * we + PRODUCT_ERROR * w * w + UNDERFLOW;
      double r = wr * wr - wi * wi;
      wi = 2 * wr * wi;
      wr = r;
    }
    real[k] = vr;
    imaginary[k] = vi;
    error[k] = ve * (1 + 0x1p-45);
  }

  /**
   * Upper bounds of the masses of the convolution on the circle, by index modulo the size. Ends the
   * use of this object.
   */
  double[] convolution() {
    int size = fft.size();
    double bound = 0;
    for (int k = 0; k < size; k++) {
      double modulus = Math.sqrt(real[k] * real[k] + imaginary[k] * imaginary[k]);
      bound += error[k] + modulus * fft.error();
    }
    fft.inverse(real, imaginary);
    bound *= (1 + 0x1p-20) / size;
    for (int j = 0; j < size; j++) {
      real[j] = Math.max(0, real[j] / size) + bound;
    }
    return real;
  }
}
