package org.quietune.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.Account;
import org.quietune.release.Ledger;
import org.quietune.release.LedgerBook;
import org.quietune.release.Rounded;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What was spent and what is left, of every data set or of one. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Checks the ledger's chain and shows budgets, spends and what is left.",
    footer = {
      "",
      "Spends are rounded up; what is left is rounded down, and is what one more run may ask for.",
      "Examples:",
      "  quietune ledger show",
      "  quietune ledger show --dataset ward --json"
    })
final class LedgerShowCommand implements Callable<Integer> {
  private static final String ROW = "%-24s %-14s %-11s %9s %9s %12s %12s %7s%n";

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final LedgerOption ledger = new LedgerOption();

  @Option(names = "--dataset", paramLabel = "NAME", description = "only this one")
  private @Nullable String dataset;

  @Option(
      names = "--delta",
      paramLabel = "D",
      defaultValue = "1e-5",
      description =
          "where there is no budget, the δ at which spends are stated (default: ${DEFAULT-VALUE})")
  private double delta;

  @Override
  public Integer call() {
    Flags flags = new Flags(spec);
    flags.delta(delta);
    try (Ledger open = ledger.location().openExisting()) {
      LedgerBook book = open.read();
      List<Account> accounts = dataset == null ? book.accounts() : book.accounts(dataset);
      if (dataset != null && accounts.isEmpty()) {
        throw new InvalidDataException("the ledger knows no data set '" + dataset + "'");
      }
      if (json.isAsked()) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("entries", book.head().sequence());
        result.put("head", book.head().hash());
        result.put("accounts", accounts.stream().map(this::described).toList());
        json.print(flags.commandLine().getOut(), result);
      } else {
        print(flags, book, accounts);
      }
    }
    return 0;
  }

  private double deltaOf(Account account) {
    return account.budget().map(Ledger.Budget::delta).orElse(delta);
  }

  private Map<String, Object> described(Account account) {
    double at = deltaOf(account);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("dataset", account.dataset());
    result.put("privacyUnit", account.privacyUnit());
    result.put("neighboringRelation", account.relation());
    account.budget().ifPresent(budget -> result.put("budgetEpsilon", budget.epsilon()));
    result.put("delta", at);
    result.put("spends", account.spends());
    result.put("spentEpsilon", account.epsilon(at));
    account.mu().ifPresent(mu -> result.put("spentMu", mu));
    if (account.budget().isPresent()) {
      result.putAll(LedgerLimitCommand.left(account, at));
    }
    return result;
  }

  private void print(Flags flags, LedgerBook book, List<Account> accounts) {
    var out = flags.commandLine().getOut();
    out.printf(
        ROW, "data set", "unit", "adjacency", "budget ε", "δ", "spent ε", "left ε", "spends");
    for (Account account : accounts) {
      double at = deltaOf(account);
      out.printf(
          ROW,
          account.dataset(),
          account.privacyUnit(),
          AdjacencyConverter.inWords(account.relation()),
          account.budget().map(budget -> (Object) budget.epsilon()).orElse("none"),
          at,
          Rounded.up(account.epsilon(at)),
          account.budget().isPresent() ? Rounded.down(account.remainingEpsilon(at)) : "unlimited",
          account.spends());
    }
    out.printf("chain whole: %d entries, head %s%n", book.head().sequence(), book.head().hash());
    out.flush();
  }
}
