package org.quietune.accounting;

/**
 * The discrete Fourier transform of a power-of-two length, in place, radix 2.
 *
 * <p>{@link #forward} leaves its results in bit-reversed order and {@link #inverse} takes them so:
 * what lies between works on each coefficient alone and does not mind.
 *
 * <p>Numerics: every output is a sum over inputs times twiddle factors, and each input reaches it
 * through log₂ N butterflies. A butterfly adds (relative error u = 2^−53, in modulus as well) and
 * multiplies by a stored factor (√5 u for a complex product, 6 u for the factor, mostly its
 * angle's). So an output differs from the exact one by at most {@link #error()} times the sum of
 * the moduli of the inputs.
 */
final class Fft {

  /** A bound, with room, on the relative error of one butterfly. */
  private static final double BUTTERFLY_ERROR = 0x1p-49;

  private final int size;
  private final double[] cosines;
  private final double[] sines;

  /**
   * @param size a power of two, at least 2
   */
  Fft(int size) {
    if (size < 2 || Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException("size must be a power of two, got " + size);
    }
    this.size = size;
    this.cosines = new double[size / 2];
    this.sines = new double[size / 2];
    for (int i = 0; i < size / 2; i++) {
      double angle = 2 * Math.PI * i / size;
      cosines[i] = Math.cos(angle);
      sines[i] = Math.sin(angle);
    }
  }

  int size() {
    return size;
  }

  /** The error of any output over the sum of the moduli of the inputs. */
  double error() {
    return (31 - Integer.numberOfLeadingZeros(size)) * BUTTERFLY_ERROR;
  }

  /** X_k = Σ x_j e^(−2πi jk/N), in bit-reversed order of k. */
  void forward(double[] real, double[] imaginary) {
    for (int half = size / 2; half >= 1; half /= 2) {
      int stride = size / 2 / half;
      for (int block = 0; block < size; block += 2 * half) {
        for (int j = 0, twiddle = 0; j < half; j++, twiddle += stride) {
          int a = block + j;
          int b = a + half;
          double differenceReal = real[a] - real[b];
          double differenceImaginary = imaginary[a] - imaginary[b];
          real[a] += real[b];
          imaginary[a] += imaginary[b];
          double c = cosines[twiddle];
          double s = sines[twiddle];
          real[b] = differenceReal * c + differenceImaginary * s;
          imaginary[b] = differenceImaginary * c - differenceReal * s;
        }
      }
    }
  }

  /** x_j = Σ X_k e^(2πi jk/N), from bit-reversed order of k; not divided by N. */
  void inverse(double[] real, double[] imaginary) {
    for (int half = 1; half < size; half *= 2) {
      int stride = size / 2 / half;
      for (int block = 0; block < size; block += 2 * half) {
        for (int j = 0, twiddle = 0; j < half; j++, twiddle += stride) {
          int a = block + j;
          int b = a + half;
          double c = cosines[twiddle];
          double s = sines[twiddle];
          double turnedReal = real[b] * c - imaginary[b] * s;
          double turnedImaginary = imaginary[b] * c + real[b] * s;
          real[b] = real[a] - turnedReal;
          imaginary[b] = imaginary[a] - turnedImaginary;
          real[a] += turnedReal;
          imaginary[a] += turnedImaginary;
        }
      }
    }
  }
}
