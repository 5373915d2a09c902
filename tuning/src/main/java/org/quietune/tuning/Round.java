package org.quietune.tuning;

import java.util.Optional;
import java.util.function.Function;
import org.quietune.data.Example;
import org.quietune.geometry.Shrinkage;
import org.quietune.geometry.Whitener;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;
import org.quietune.release.VectorMap;

/**
 * One release in whitened coordinates, and the step that it leads to. All of it is chosen before
 * the release, from public data and earlier releases; it is kept with the run, so that the release
 * can be carried out, and its step checked, with the very same bits ({@link RoundFormat}).
 *
 * @param whitener B, from whose coordinates the step goes back
 * @param terms of the release of whitened gradients
 * @param labelFree whether records are weighted by their inputs before the clip ({@link
 *     RecordWeighting#mallows})
 * @param shrunk whether a spectral block's step is cut to its {@link Shrinkage} factor where that
 *     is shorter: the step beyond which its known noise would cost more than its signal gains
 *     (docs/theory.md §4.4)
 * @param stepSize η
 * @param factors of each coordinate's step besides; empty where all are 1
 * @param foretelling where what records' inputs foretell is released in place of their gradients
 */
@SuppressWarnings("ArrayRecordComponent") // handed over
record Round(
    Whitener whitener,
    Terms terms,
    boolean labelFree,
    boolean shrunk,
    double stepSize,
    double[] factors,
    Optional<Foretelling> foretelling) {
  /** Stiff directions are told apart from soft ones; more blocks would each know less. */
  private static final int SHRINKAGE_BLOCKS = 4;

  /** Smaller blocks than this cannot be shrunk. */
  private static final int SMALLEST_BLOCK = 3;

  Round(Whitener whitener, Terms terms, boolean labelFree, boolean shrunk, double stepSize) {
    this(whitener, terms, labelFree, shrunk, stepSize, new double[0], Optional.empty());
  }

  /** Under which the release of a round, from 1 on, and its public values are kept. */
  static String name(int round) {
    return "round-%03d".formatted(round);
  }

  /** The same, clipping and going further by public factors. */
  Round scaled(double clipMultiple, double stepMultiple) {
    return new Round(
        whitener,
        new Terms(
            new L2Clip(terms.clip().clipNorm() * clipMultiple, terms.clip().clipBits()),
            terms.noise()),
        labelFree,
        shrunk,
        stepSize * stepMultiple,
        factors,
        foretelling);
  }

  NoisySum release(FineTuningTask task, double[] theta, ReleaseContext context, String name) {
    return foretelling.isEmpty()
        ? release(task, theta, context, name, map -> map)
        : terms.release(
            name,
            "foretold gradient sum, " + name,
            whitener.dimension(),
            task,
            context,
            () -> foretelling.get().map(task, theta));
  }

  /**
   * The same with another map in place of the records' whitened gradients.
   *
   * @param of what becomes of them; of the same dimension
   */
  NoisySum release(
      FineTuningTask task,
      double[] theta,
      ReleaseContext context,
      String name,
      Function<GradientMap, VectorMap<Example>> of) {
    RecordWeighting weighting =
        labelFree ? RecordWeighting.mallows(terms.clip().clipNorm()) : RecordWeighting.none();
    return terms.release(
        name,
        "gradient sum, " + name,
        whitener.dimension(),
        task,
        context,
        () -> of.apply(new GradientMap(task, theta, whitener, weighting)));
  }

  /**
   * {@code θ − η P Bᵀ F y / n̄}, F the factors, blocks of y shortened where shrunk: post-processing
   * of the release. Plain Java in a fixed order, the same bits everywhere.
   */
  double[] step(FineTuningTask task, double[] theta, NoisySum sum) {
    double[] vector = (shrunk ? shrunk(sum) : sum.vector()).clone();
    for (int j = 0; j < factors.length; j++) {
      vector[j] *= factors[j];
    }
    return step(task, theta, vector);
  }

  /** The same with a vector that was made of the release. */
  double[] step(FineTuningTask task, double[] theta, double[] vector) {
    double[] step = whitener.unwhiten(vector);
    for (int j = 0; j < step.length; j++) {
      step[j] *= -stepSize / task.nominalRecords();
    }
    return task.moved(theta, step);
  }

  private double[] shrunk(NoisySum sum) {
    double[] vector = sum.vector().clone();
    double scale = sum.plan().noiseScale();
    int blocks = Math.max(1, Math.min(SHRINKAGE_BLOCKS, vector.length / SMALLEST_BLOCK));
    int[] ends = Shrinkage.equalBlocks(vector.length, blocks);
    double[] factors = Shrinkage.jamesStein(vector, scale * scale, ends).factors();
    int from = 0;
    for (int b = 0; b < blocks; b++) {
      double factor = Math.min(1, factors[b] / stepSize);
      for (int j = from; j < ends[b]; j++) {
        vector[j] *= factor;
      }
      from = ends[b];
    }
    return vector;
  }
}
