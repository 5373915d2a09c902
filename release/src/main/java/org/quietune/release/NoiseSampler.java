package org.quietune.release;

import org.quietune.random.BitSource;
import org.quietune.random.DiscreteLaplace;
import org.quietune.random.RoundedNormal;

/** The noise of one plan, checked and ready to be drawn. */
interface NoiseSampler {

  /**
   * The sampler of a plan.
   *
   * @throws IllegalArgumentException where the plan's noise cannot be sampled exactly; ask before
   *     anything is spent
   */
  static NoiseSampler of(SumPlan plan) {
    NoiseLaw law = plan.noise();
    // Cells are a power of two, so the scale in cells is exact.
    double scale = law.multiplier() * plan.clip().cells();
    if (law instanceof GaussianNoise || law instanceof PoissonGaussianNoise) {
      return new AdditiveSampler(plan.dimension(), RoundedNormal.of(scale)::fill);
    }
    if (law instanceof DiscreteLaplaceNoise) {
      return new AdditiveSampler(plan.dimension(), DiscreteLaplace.of(scale)::fill);
    }
    return BallNormalSampler.of((BallNormalNoise) law, plan.clip(), plan.dimension());
  }

  /** Draws all noise that the sum will need. */
  Perturbation draw(BitSource bits);

  /** Noise that has been drawn, before the first private record is read, and waits for the sum. */
  interface Perturbation {

    /** What is released in place of {@code sum}, in lattice cells; may overwrite the sum. */
    long[] perturb(long[] sum);
  }
}
