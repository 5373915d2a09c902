package org.quietune.cli;

import java.io.PrintWriter;
import org.quietune.data.InvalidDataException;
import org.quietune.model.InvalidModelException;
import org.quietune.release.BudgetRefusedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * The {@code quietune} command. Exit codes: 0 done, 1 failed, 2 bad usage or input, 3 refused by
 * the budget. Errors are one line on stderr; {@code QUIETUNE_DEBUG=1} adds the stack trace.
 */
@Command(
    name = "quietune",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Fine-tunes a pretrained model on sensitive records with differential privacy.",
    subcommands = {
      QuickstartCommand.class,
      GenerateCommand.class,
      PretrainCommand.class,
      FinetuneCommand.class,
      EvaluateCommand.class,
      EpsilonCommand.class,
      VerifyCommand.class,
      KeygenCommand.class,
      LedgerCommand.class,
      ReproduceCommand.class
    },
    footer = {
      "",
      "Start with: quietune quickstart",
      "Every command explains itself: quietune finetune --help"
    })
public final class Main {
  static final int FAILED = 1;
  static final int BAD_INPUT = 2;
  static final int REFUSED = 3;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs one command line and returns its exit code. */
  static int run(String... args) {
    return commandLine().execute(args);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::badUsage)
        .setExecutionExceptionHandler(Main::failure);
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("quietune: " + e.getMessage());
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return BAD_INPUT;
  }

  private static int failure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    command.getErr().println("quietune: " + oneLine(e));
    if (System.getenv("QUIETUNE_DEBUG") != null) {
      e.printStackTrace(command.getErr());
    }
    if (e instanceof BudgetRefusedException) {
      return REFUSED;
    }
    return e instanceof InvalidDataException || e instanceof InvalidModelException
        ? BAD_INPUT
        : FAILED;
  }

  private static String oneLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse("failed");
  }
}
