package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.quietune.data.Example;
import org.quietune.geometry.GradientCoordinates;
import org.quietune.geometry.Subspace;
import org.quietune.model.Network;
import org.quietune.release.L2Clip;
import org.quietune.release.NoisySum;
import org.quietune.release.ReleaseContext;

/**
 * Gradient descent on noisy gradient sums: T rounds of {@code z ← z − rule(M₂(Σ_u clip(M₁Pᵀg_u) +
 * noise)/(q n̄))}, the sum over all units (q = 1) or over a Poisson sample of them. With other
 * settings it is DP-SGD (Abadi et al. 2016), DP-Adam, full-batch DP gradient descent, the isotropic
 * one-shot mechanism (T = 1: the quadratic utility with H = I), or a preconditioned, head-only,
 * bias-only or low-rank version of these.
 *
 * <p>Guarantee: all rounds together stay in the task's budget, under its relation and the records'
 * unit. Over all units they are exactly Gaussian DP (docs/theory.md, Theorem 3). With sampling the
 * noise is calibrated to (ε, δ) by the privacy-loss accountant (§3.8), under add-or-remove-one
 * only.
 *
 * @param name on the command line and in the certificate
 * @param part what is trained
 * @param preconditioning M₁ and M₂
 * @param rounds T, passes over the private records
 * @param samplingProbability q, in (0, 1]; 1 takes all units
 * @param clipMultiple clip norm over the median norm of {@code M₁Pᵀg} on public records, at the
 *     pretrained parameters
 * @param rule from mean gradients to steps
 * @param aid copies of images and public gradients that it takes besides
 */
public record DpDescent(
    String name,
    TrainedPart part,
    Preconditioning preconditioning,
    int rounds,
    double samplingProbability,
    double clipMultiple,
    UpdateRule rule,
    PublicAid aid)
    implements FineTuningMethod {

  public DpDescent {
    Objects.requireNonNull(name);
    Objects.requireNonNull(part);
    Objects.requireNonNull(preconditioning);
    Objects.requireNonNull(rule);
    Objects.requireNonNull(aid);
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds must be positive: " + rounds);
    }
    if (!(samplingProbability > 0) || !(samplingProbability <= 1)) {
      throw new IllegalArgumentException(
          "samplingProbability must lie in (0, 1]: " + samplingProbability);
    }
    if (!(clipMultiple > 0) || !(clipMultiple < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "clipMultiple must be positive and finite: " + clipMultiple);
    }
  }

  /** On private records alone, as they are. */
  public DpDescent(
      String name,
      TrainedPart part,
      Preconditioning preconditioning,
      int rounds,
      double samplingProbability,
      double clipMultiple,
      UpdateRule rule) {
    this(
        name,
        part,
        preconditioning,
        rounds,
        samplingProbability,
        clipMultiple,
        rule,
        PublicAid.NONE);
  }

  /** The same with another number of rounds. */
  DpDescent ofRounds(int other) {
    return new DpDescent(
        name, part, preconditioning, other, samplingProbability, clipMultiple, rule, aid);
  }

  /** The same with other aid. */
  DpDescent aided(PublicAid other) {
    return new DpDescent(
        name, part, preconditioning, rounds, samplingProbability, clipMultiple, rule, other);
  }

  @Override
  public Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return part.subspace(network, theta, publicData);
  }

  @Override
  public void requireBudget(PrivacyBudget budget) {
    GaussianBudget.from(budget).requireSampling(samplingProbability);
  }

  @Override
  public FineTuned run(FineTuningTask task, ReleaseContext context, RoundListener listener) {
    Preconditioning.Maps maps = preconditioning.on(task, context.publicStore());
    GradientCoordinates map = maps.before();
    Terms terms = Terms.kept(context, "rounds", () -> terms(task, map));
    double units = samplingProbability * task.nominalRecords();
    UpdateRule.Memory memory = rule.start(map.dimension(), terms.clip().clipNorm());
    double[] theta = task.theta();
    List<NoisySum> releases = new ArrayList<>();
    for (int t = 1; t <= rounds; t++) {
      String round = Round.name(t);
      double[] here = theta;
      int pass = t;
      NoisySum sum =
          terms.release(
              round,
              "gradient sum, " + round,
              map.dimension(),
              task,
              context,
              () -> aid.on(task, new GradientMap(task, here, map, RecordWeighting.none()), pass));
      releases.add(sum);
      double[] mean = sum.vector();
      aid.addTo(
          mean,
          units,
          context.publicStore(),
          round,
          () -> PublicGradients.clippedMean(task, pass, here, map, terms.clip().clipNorm()));
      for (int j = 0; j < mean.length; j++) {
        mean[j] /= units;
      }
      double[] step = memory.step(maps.after().apply(mean));
      for (int j = 0; j < step.length; j++) {
        step[j] = -step[j];
      }
      theta = task.moved(theta, step);
      listener.roundDone(t, rounds);
    }
    return new FineTuned(theta, releases, settings(task, terms.clip()));
  }

  private Terms terms(FineTuningTask task, GradientCoordinates map) {
    return new Terms(
        new L2Clip(clipMultiple * PublicGradients.medianNorm(task, map)),
        GaussianBudget.in(task).noise(samplingProbability, rounds));
  }

  private Map<String, Object> settings(FineTuningTask task, L2Clip clip) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("subspace", task.subspace().summary());
    settings.put("preconditioning", preconditioning.toString());
    settings.put("rounds", rounds);
    settings.put("samplingProbability", samplingProbability);
    settings.put("clipMultiple", clipMultiple);
    settings.put("clipNorm", clip.clipNorm());
    settings.putAll(rule.describe());
    aid.describe(task, settings);
    return settings;
  }
}
