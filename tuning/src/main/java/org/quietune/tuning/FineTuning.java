package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.quietune.data.Example;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.PrincipalSubspace;
import org.quietune.geometry.Subspace;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;

/** Fine-tunes a model file: the main job, from the model and the data to the model. */
public final class FineTuning {
  /** Share of the budget that buys the number of units where nobody states it. */
  private static final double COUNT_SHARE = 0.01;

  /** Up to this many parameters, the curvature of all of them is kept as one dense matrix. */
  private static final int LARGEST_DENSE = 2000;

  private static final int PRINCIPAL_DIRECTIONS = 64;
  private static final int PRINCIPAL_SAMPLE = 1024;

  private FineTuning() {}

  /**
   * What to fine-tune, on what, within which budget.
   *
   * @param units public nominal number of privacy units; bought from the budget when empty
   * @param recordsPerUnit public nominal number of records of a unit
   */
  public record Request(
      ModelFile base,
      List<Example> publicData,
      PrivateRecords<Example> records,
      OptionalDouble units,
      double recordsPerUnit,
      PrivacyBudget budget,
      FineTuningMethod method) {}

  /**
   * The outcome.
   *
   * @param releases every release that the model rests on, the unit count included
   */
  public record Result(ModelFile model, List<NoisySum> releases, Map<String, Object> settings) {}

  /**
   * Runs the request. All private information comes through {@code context}'s door.
   *
   * @throws org.quietune.model.InvalidModelException when the model cannot be trained; then nothing
   *     was spent
   */
  public static Result run(Request request, ReleaseContext context, RoundListener listener) {
    request.method().requireBudget(request.budget());
    try (Network network = Network.of(request.base())) {
      double[] theta = request.base().parameterValues();
      RowwiseNetwork rowwise = RowwiseNetwork.of(request.base());
      Subspace subspace =
          context
              .publicStore()
              .keep(
                  "subspace",
                  new SubspaceFormat(),
                  () -> request.method().subspace(network, theta, request.publicData()));
      List<NoisySum> releases = new ArrayList<>();
      Map<String, Object> settings = new LinkedHashMap<>();
      PrivacyBudget budget = request.budget();
      double units;
      if (request.units().isPresent()) {
        units = request.units().getAsDouble();
        settings.put("units", units + " (stated)");
      } else {
        NoisySum count = UnitCount.release(request.records(), budget.share(COUNT_SHARE), context);
        releases.add(count);
        units = UnitCount.value(count);
        budget = budget.share(1 - COUNT_SHARE);
        settings.put("units", units + " (noisy count)");
      }
      settings.put("recordsPerUnit", request.recordsPerUnit());
      FineTuningTask task =
          new FineTuningTask(
              network,
              rowwise,
              theta,
              request.publicData(),
              request.records(),
              Math.max(1, units * request.recordsPerUnit()),
              subspace,
              budget);
      FineTuned tuned = request.method().run(task, context, listener);
      releases.addAll(tuned.releases());
      settings.putAll(tuned.settings());
      return new Result(request.base().withParameters(tuned.theta()), releases, settings);
    }
  }

  /** All parameters where their dense curvature is affordable, else the principal directions. */
  public static Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    int parameters = network.parameterCount();
    if (parameters <= LARGEST_DENSE) {
      return new IdentitySubspace(parameters);
    }
    List<Example> sample = publicData.subList(0, Math.min(PRINCIPAL_SAMPLE, publicData.size()));
    return PrincipalSubspace.of(
        network, theta, Batches.of(sample, network.inputWidth()), PRINCIPAL_DIRECTIONS);
  }
}
