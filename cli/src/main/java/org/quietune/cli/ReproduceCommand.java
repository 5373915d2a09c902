package org.quietune.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.experiments.icu.IcuExperiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Regenerates the tables of {@code docs/results}. */
@Command(
    name = "reproduce",
    mixinStandardHelpOptions = true,
    description = "Regenerates an experiment on published data.",
    subcommands = ReproduceCommand.Icu.class,
    footer = {"", "Example:", "  quietune reproduce icu --data physionet2012 --out icu-results"})
final class ReproduceCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    new Flags(spec).require(false, "name an experiment: icu");
    return Main.BAD_INPUT;
  }

  /** PhysioNet 2012: in-hospital mortality, public and private ICU types. */
  @Command(
      name = "icu",
      mixinStandardHelpOptions = true,
      description = "In-hospital mortality in the PhysioNet 2012 challenge data.",
      footer = {
        "",
        "DIR gets icu.csv, icu.html, icu.md and the plots. A run that was stopped goes on where it",
        "stopped when it is started again with the same DIR.",
        "Example:",
        "  quietune reproduce icu --data physionet2012 --out icu-results"
      })
  static final class Icu implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Option(
        names = "--data",
        required = true,
        paramLabel = "DIR",
        description = "folder with set-a.zip, set-b.zip and the outcomes, as published")
    private Path data = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to write")
    private Path out = Path.of("");

    @Option(
        names = "--seeds",
        defaultValue = "20",
        paramLabel = "N",
        description = "noise seeds per cell (default: ${DEFAULT-VALUE})")
    private int seeds;

    @Override
    public Integer call() throws Exception {
      Flags flags = new Flags(spec);
      flags.require(seeds >= 2, "--seeds must be at least 2: " + seeds);
      try (Progress progress = Progress.start("ICU")) {
        new IcuExperiment(data, out, seeds).run(progress::fraction);
      }
      flags.commandLine().getOut().println(out.resolve("icu.html"));
      flags.commandLine().getOut().flush();
      return 0;
    }
  }
}
