package org.quietune.tuning.twin;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.quietune.random.BernoulliExp;
import org.quietune.random.BernoulliFraction;
import org.quietune.random.DiscreteLaplace;
import org.quietune.random.RoundedNormal;

/** Draws at random outside org.quietune.random, on purpose: ArchitectureTest has to report it. */
public final class DrawsNoise {
  private DrawsNoise() {}

  public static double ofTheJdk() {
    return new Random(1).nextGaussian()
        + new SplittableRandom(1).nextDouble()
        + ThreadLocalRandom.current().nextDouble()
        + new SecureRandom().nextDouble()
        + Math.random();
  }

  public static void shuffled(List<String> list) {
    Collections.shuffle(list);
  }

  public static RoundedNormal unpaid() {
    return RoundedNormal.of(1);
  }

  public static DiscreteLaplace unpaidCount() {
    return DiscreteLaplace.of(1);
  }

  public static BernoulliExp unpaidCoin() {
    return BernoulliExp.of(BigInteger.ONE, BigInteger.TWO);
  }

  public static BernoulliFraction unpaidSample() {
    return BernoulliFraction.of(0.5);
  }
}
