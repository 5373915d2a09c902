package org.quietune.tuning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.quietune.accounting.ComposedEvent;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.data.Example;
import org.quietune.data.ExampleStore;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.Subspace;
import org.quietune.model.FrozenPrefix;
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

  private FineTuning() {}

  /**
   * What to fine-tune, on what, within which budget.
   *
   * @param base the model, with its selection of trained tensors
   * @param units public nominal number of privacy units; bought from the budget when empty
   * @param recordsPerUnit public nominal number of records of a unit
   * @param geometry directions and curvature, as far as they are asked for
   */
  public record Request(
      ModelFile base,
      PublicData publicData,
      PrivateRecords<Example> records,
      OptionalDouble units,
      double recordsPerUnit,
      PrivacyBudget budget,
      FineTuningMethod method,
      Geometry geometry) {

    /** A request that leaves directions and curvature to the method. */
    public Request(
        ModelFile base,
        PublicData publicData,
        PrivateRecords<Example> records,
        OptionalDouble units,
        double recordsPerUnit,
        PrivacyBudget budget,
        FineTuningMethod method) {
      this(base, publicData, records, units, recordsPerUnit, budget, method, Geometry.automatic());
    }

    /**
     * The same with curvature computed on other public inputs: unlabelled, augmented, or from a
     * generator. Clip norms, and directions that are found from gradients, stay with the labelled
     * public records. The first ones that fit a fixed size are used, so their order matters.
     *
     * @param inputs each a row of the model's features, as in the public data; at least one
     * @throws IllegalArgumentException if there is none, or one is not as wide as the model's input
     */
    public Request withCurvatureInputs(List<float[]> inputs) {
      if (inputs.isEmpty()) {
        throw new IllegalArgumentException("inputs must not be empty");
      }
      for (float[] input : inputs) {
        if (input.length != base.inputWidth()) {
          throw new IllegalArgumentException(
              "inputs must have %d features each, one has %d"
                  .formatted(base.inputWidth(), input.length));
        }
      }
      List<Example> examples =
          inputs.stream().map(features -> new Example(features, Double.NaN)).toList();
      return with(publicData.withInputs(examples), records);
    }

    private Request with(PublicData otherData, PrivateRecords<Example> otherRecords) {
      return new Request(
          base, otherData, otherRecords, units, recordsPerUnit, budget, method, geometry);
    }
  }

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
    if (request.base().trainsAll()) {
      return run(request, request.base(), "", context, listener);
    }
    try (FrozenPrefix prefix = FrozenPrefix.split(request.base());
        ExampleStore features = new ExampleStore(prefix.width())) {
      PrivateRecords<Example> records =
          request.records().mapped(example -> behind(prefix, example), features);
      Request behind = request.with(behind(prefix, request.publicData()), records);
      String frozen = "; %d features of the frozen part, computed once".formatted(prefix.width());
      return run(behind, prefix.tail(), frozen, context, listener);
    }
  }

  private static PublicData behind(FrozenPrefix prefix, PublicData data) {
    PublicData behind = PublicData.of(behind(prefix, data.labelled()));
    // What the frozen part makes of an image is none.
    return data.inputs() == data.labelled()
        ? behind
        : behind.withInputs(behind(prefix, data.inputs()));
  }

  private static List<Example> behind(FrozenPrefix prefix, List<Example> examples) {
    return examples.stream().map(example -> behind(prefix, example)).toList();
  }

  private static Example behind(FrozenPrefix prefix, Example example) {
    return new Example(prefix.features(example.features(), 0), example.label());
  }

  /**
   * Refuses a model that can be read but not trained.
   *
   * @param base with its selection of trained tensors
   * @throws org.quietune.model.InvalidModelException saying why
   */
  public static void requireTrainable(ModelFile base) {
    if (base.trainsAll()) {
      requireDifferentiable(base);
    } else {
      try (FrozenPrefix prefix = FrozenPrefix.split(base)) {
        requireDifferentiable(prefix.tail());
      }
    }
  }

  private static void requireDifferentiable(ModelFile model) {
    Network.of(model).close();
    RowwiseNetwork.of(model);
  }

  /**
   * Runs the request on the part of the model that is trained.
   *
   * @param part reads what the request's records hold
   * @param frozen what to say of the rest
   */
  private static Result run(
      Request request,
      ModelFile part,
      String frozen,
      ReleaseContext context,
      RoundListener listener) {
    try (Network network = Network.of(part)) {
      double[] theta = part.parameterValues();
      RowwiseNetwork rowwise = RowwiseNetwork.of(part);
      Subspace subspace =
          context
              .publicStore()
              .keep(
                  "subspace",
                  new SubspaceFormat(),
                  () ->
                      request
                          .geometry()
                          .subspace(
                              request.method(), network, theta, request.publicData().labelled()));
      request.method().requireFit(rowwise, subspace);
      CurvatureChoice curvature = request.geometry().curvature(subspace);
      String trained = part.parameters().size() + " tensors, " + theta.length + " values" + frozen;
      listener.chosen(trained + "; " + subspace.summary() + "; " + curvature.summary());
      List<NoisySum> releases = new ArrayList<>();
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("loss", part.loss().text());
      settings.put("trained", trained);
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
              curvature,
              budget);
      FineTuned tuned = request.method().run(task, context, listener);
      releases.addAll(tuned.releases());
      settings.putAll(tuned.settings());
      return new Result(request.base().withParameters(tuned.theta()), releases, settings);
    }
  }

  /**
   * What a whole run is charged as.
   *
   * @param counted whether the number of units is bought too
   */
  public static PrivacyEvent spend(FineTuningMethod method, PrivacyBudget budget, boolean counted) {
    return counted
        ? new ComposedEvent(
            List.of(budget.share(COUNT_SHARE).event(), method.spend(budget.share(1 - COUNT_SHARE))))
        : method.spend(budget);
  }

  /** The directions that are trained where nothing else is asked for. */
  public static Subspace subspace(Network network, double[] theta, List<Example> publicData) {
    return Geometry.standard(network, theta, publicData);
  }
}
