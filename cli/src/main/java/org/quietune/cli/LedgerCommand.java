package org.quietune.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Budgets and what was spent of them. */
@Command(
    name = "ledger",
    mixinStandardHelpOptions = true,
    description = "Sets privacy budgets, and shows what was spent and what is left.",
    subcommands = {
      LedgerInitCommand.class,
      LedgerShowCommand.class,
      LedgerLimitCommand.class,
      LedgerExportCommand.class
    },
    footer = {
      "",
      "Example:",
      "  quietune ledger init --dataset ward --unit patient_id --epsilon 4 --delta 1e-5"
    })
final class LedgerCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        new Flags(spec).commandLine(), "say what to do: ledger init, show, limit or export");
  }
}
