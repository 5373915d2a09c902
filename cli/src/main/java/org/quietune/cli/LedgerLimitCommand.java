package org.quietune.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.Account;
import org.quietune.release.Ledger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The most that one more run may ask for. Reads only: a budget is never raised. */
@Command(
    name = "limit",
    mixinStandardHelpOptions = true,
    description = "Prints the largest --epsilon that one more run on a data set may ask for.",
    footer = {
      "",
      "The budget stays as it is; 0 says that nothing fits any more.",
      "Example:",
      "  quietune ledger limit --dataset ward --delta 1e-6"
    })
final class LedgerLimitCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LedgerOption ledger = new LedgerOption();
  @Mixin private final DatasetOption dataset = new DatasetOption();

  @Option(
      names = "--delta",
      paramLabel = "D",
      description = "of the run; 0 for the pure mechanism (default: the budget's)")
  private @Nullable Double delta;

  @Override
  public Integer call() {
    Flags flags = new Flags(spec);
    if (delta != null) {
      flags.deltaOrZero(delta);
    }
    try (Ledger open = ledger.location().openExisting()) {
      Account account =
          open.read().accounts(dataset.name()).stream()
              .filter(one -> one.budget().isPresent())
              .findFirst()
              .orElseThrow(
                  () ->
                      new InvalidDataException(
                          "the data set '%s' has no budget: nothing limits it"
                              .formatted(dataset.name())));
      double at = delta == null ? account.budget().orElseThrow().delta() : delta;
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("dataset", dataset.name());
      result.put("delta", at);
      result.putAll(left(account, at));
      json.print(flags.commandLine().getOut(), result);
    }
    return 0;
  }

  /** What is left for one run at {@code delta}, all rounded to the side that fits. */
  static Map<String, Object> left(Account account, double delta) {
    Map<String, Object> left = new LinkedHashMap<>();
    left.put("epsilon", account.remainingEpsilon(delta));
    if (delta > 0) {
      double mu = account.remainingMu();
      left.put("mu", mu);
      if (mu > 0) {
        left.put("noiseMultiplier", account.noiseMultiplier(mu));
      }
    }
    return left;
  }
}
