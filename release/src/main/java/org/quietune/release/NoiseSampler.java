package org.quietune.release;

import org.quietune.random.BitSource;

/** The noise of one plan, checked and ready to be drawn. */
interface NoiseSampler {

  /**
   * The sampler of a plan.
   *
   * @throws IllegalArgumentException where the plan's noise cannot be sampled exactly; ask before
   *     anything is spent
   */
  static NoiseSampler of(SumPlan plan) {
    GaussianNoise noise = (GaussianNoise) plan.noise();
    return new GaussianSampler(noise, plan.clip(), plan.dimension());
  }

  /** Draws all noise that the sum will need. */
  Perturbation draw(BitSource bits);

  /** Noise that has been drawn, before the first private record is read, and waits for the sum. */
  interface Perturbation {

    /** What is released in place of {@code sum}, in lattice cells; may overwrite the sum. */
    long[] perturb(long[] sum);
  }
}
