package org.quietune.geometry;

/** Makes whiteners again from their descriptions. */
public final class Whiteners {
  private Whiteners() {}

  /**
   * The whitener that a description is of, bit for bit.
   *
   * @throws IllegalArgumentException when it is of something else, or incomplete
   */
  public static Whitener of(Description description) {
    double damping = description.array("damping")[0];
    return switch (description.kind()) {
      case IsotropicWhitener.KIND ->
          new IsotropicWhitener(description.extent("dimension"), damping);
      case SpectralWhitener.KIND ->
          new SpectralWhitener(
              Spectrum.ofParts(description.array("values"), description.array("vectors")), damping);
      case DiagonalWhitener.KIND -> new DiagonalWhitener(description.array("values"), damping);
      case LowRankWhitener.KIND ->
          new LowRankWhitener(
              description.array("values"), description.array("reflectors"), damping);
      case KroneckerWhitener.KIND -> KroneckerWhitener.of(description, damping);
      case TurnedWhitener.KIND -> TurnedWhitener.of(description);
      default ->
          throw new IllegalArgumentException("no whitener has the kind " + description.kind());
    };
  }
}
