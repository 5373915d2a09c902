package org.quietune.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.release.Ledger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sets a data set's budget, once. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description =
        "Sets the budget of a data set. It is set once; spends made before count against it.",
    footer = {
      "",
      "From then on every run on the data set is refused (exit 3) that would pass the budget.",
      "Example:",
      "  quietune ledger init --dataset ward --unit patient_id --epsilon 4 --delta 1e-5"
    })
final class LedgerInitCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LedgerOption ledger = new LedgerOption();
  @Mixin private final DatasetOption dataset = new DatasetOption();

  @Option(names = "--epsilon", required = true, paramLabel = "E", description = "positive")
  private double epsilon;

  @Option(
      names = "--delta",
      required = true,
      paramLabel = "D",
      description = "in [0, 1); with 0 only the pure mechanism may run")
  private double delta;

  @Option(
      names = "--unit",
      paramLabel = "COL",
      defaultValue = "record",
      description = "column that names the privacy unit (default: each record is one)")
  private String unit = "";

  @Option(
      names = "--adjacency",
      paramLabel = "RELATION",
      defaultValue = "add-remove",
      converter = AdjacencyConverter.class,
      description = "add-remove or replace-one (default: ${DEFAULT-VALUE})")
  private NeighboringRelation relation = NeighboringRelation.ADD_OR_REMOVE_ONE;

  @Override
  public Integer call() {
    Flags flags = new Flags(spec);
    flags.positive("--epsilon", epsilon);
    flags.deltaOrZero(delta);
    Ledger.Budget budget = new Ledger.Budget(dataset.name(), unit, relation, epsilon, delta);
    try (Ledger open = ledger.location().open()) {
      Ledger.Receipt receipt = open.setBudget(budget);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("dataset", dataset.name());
      result.put("privacyUnit", unit);
      result.put("neighboringRelation", relation);
      result.put("epsilon", epsilon);
      result.put("delta", delta);
      result.put("spends", open.entries(dataset.name()).size());
      result.put("entry", receipt.sequence());
      result.put("hash", receipt.hash());
      json.print(flags.commandLine().getOut(), result);
    }
    return 0;
  }
}
