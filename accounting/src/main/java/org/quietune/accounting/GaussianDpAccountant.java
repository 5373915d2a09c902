package org.quietune.accounting;

import java.math.BigDecimal;

/**
 * Accounts for compositions of Gaussian events exactly, as one Gaussian mechanism.
 *
 * <p>Guarantee: everything composed so far is {@link #mu()}-GDP under the neighboring relation, by
 * √(Σ μᵢ²), and no smaller μ is true if the events describe their mechanisms. The sum of squares is
 * kept exactly; it does not depend on the order of events.
 *
 * <p>Supports {@link GaussianEvent}, and {@link ComposedEvent} and {@link SelfComposedEvent} of
 * such.
 *
 * <p>Source: J. Dong, A. Roth, W. J. Su, "Gaussian differential privacy", JRSS-B 84(1), 2022,
 * Corollary 3.3.
 */
public final class GaussianDpAccountant implements PrivacyAccountant {

  private final NeighboringRelation neighboringRelation;
  private BigDecimal sumOfSquares = BigDecimal.ZERO;

  /** Starts with nothing released. */
  public GaussianDpAccountant(NeighboringRelation neighboringRelation) {
    this.neighboringRelation = neighboringRelation;
  }

  @Override
  public NeighboringRelation neighboringRelation() {
    return neighboringRelation;
  }

  @Override
  public void compose(PrivacyEvent event) {
    sumOfSquares = sumOfSquares.add(squareOf(event));
  }

  private BigDecimal squareOf(PrivacyEvent event) {
    if (event instanceof GaussianEvent gaussian) {
      double mu = GaussianDp.muOf(gaussian.noiseMultiplier());
      return GaussianDp.square(neighboringRelation.sensitivityFactor() * mu);
    }
    if (event instanceof ComposedEvent composed) {
      BigDecimal sum = BigDecimal.ZERO;
      for (PrivacyEvent part : composed.events()) {
        sum = sum.add(squareOf(part));
      }
      return sum;
    }
    if (event instanceof SelfComposedEvent repeated) {
      return squareOf(repeated.event()).multiply(BigDecimal.valueOf(repeated.count()));
    }
    throw new UnsupportedEventException("GaussianDpAccountant", event);
  }

  /** The μ of everything composed so far, rounded up. */
  public double mu() {
    return DirectedRounding.squareRootUp(sumOfSquares);
  }

  @Override
  public double epsilon(double delta) {
    return GaussianDp.epsilon(mu(), delta);
  }

  @Override
  public double delta(double epsilon) {
    return GaussianDp.delta(mu(), epsilon);
  }
}
