package org.quietune.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.Supplier;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.Example;
import org.quietune.release.CanonicalJson;
import org.quietune.release.L2Clip;
import org.quietune.release.NoiseLaw;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateSum;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;
import org.quietune.release.ReleaseContext;
import org.quietune.release.SumPlan;
import org.quietune.release.VectorMap;

/** The terms of a release that follow from public data, kept with the run ({@link Format}). */
record Terms(L2Clip clip, NoiseLaw noise) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The terms that a run keeps under a name.
   *
   * @param compute asked only where none are kept
   */
  static Terms kept(ReleaseContext context, String name, Supplier<Terms> compute) {
    return context.publicStore().keep(name, new Format(), compute);
  }

  /**
   * A release on these terms.
   *
   * @param map made only where the sum is not stored already, and before anything is spent
   */
  NoisySum release(
      String name,
      String purpose,
      int dimension,
      FineTuningTask task,
      ReleaseContext context,
      Supplier<VectorMap<Example>> map) {
    NeighboringRelation relation = task.budget().relation();
    SumPlan plan = new SumPlan(purpose, dimension, clip, noise, relation);
    return context
        .replay(name, plan)
        .orElseGet(() -> new PrivateSum(plan, context).release(name, task.records(), map.get()));
  }

  /** Writes the fields of the terms. */
  void describe(ObjectNode header) {
    header.put("clipNorm", clip.clipNorm()).put("clipBits", clip.clipBits());
    header.set("noise", JSON.valueToTree(noise));
  }

  /** Reads what {@link #describe} wrote. */
  static Terms of(JsonNode header) {
    try {
      return new Terms(
          new L2Clip(header.path("clipNorm").asDouble(), header.path("clipBits").asInt()),
          CanonicalJson.map(header.path("noise"), NoiseLaw.class));
    } catch (IOException e) {
      throw new IllegalArgumentException("not the terms of a release", e);
    }
  }

  /** Terms as they are kept: all in the header. */
  static final class Format implements PublicFormat<Terms> {
    @Override
    public PublicValue encode(Terms terms) {
      ObjectNode header = JSON.createObjectNode().put("kind", "terms");
      terms.describe(header);
      return new PublicValue(header, new byte[0]);
    }

    @Override
    public Terms decode(PublicValue stored) {
      return Terms.of(stored.header());
    }
  }
}
