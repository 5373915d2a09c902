package org.quietune.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quietune.experiments.Choice;
import org.quietune.experiments.Experiment;
import org.quietune.experiments.ExperimentRun;
import org.quietune.experiments.icu.IcuExperiment;
import org.quietune.experiments.mnist.MnistExperiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Regenerates the tables of {@code docs/results}. */
@Command(
    name = "reproduce",
    mixinStandardHelpOptions = true,
    description = "Regenerates an experiment on published data.",
    subcommands = {ReproduceCommand.Icu.class, ReproduceCommand.Mnist.class},
    footer = {
      "",
      "Examples:",
      "  quietune reproduce icu --data physionet2012 --out icu-results",
      "  quietune reproduce mnist --data mnist --out mnist-results --part a"
    })
final class ReproduceCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    new Flags(spec).require(false, "name an experiment: icu or mnist");
    return Main.BAD_INPUT;
  }

  /** What all experiments take. */
  private abstract static class Run implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to write")
    private Path out = Path.of("");

    @Option(
        names = "--methods",
        split = ",",
        paramLabel = "M",
        description = "methods to run, as the tables name them: qem, dp-gd, … (default: all)")
    private List<String> methods = List.of();

    @Option(
        names = "--units",
        split = ",",
        paramLabel = "N",
        description = "numbers of private records to run, as the tables have them (default: all)")
    private List<Integer> units = List.of();

    @Option(
        names = "--epsilons",
        split = ",",
        paramLabel = "E",
        description = "budgets to run, as the tables have them (default: all)")
    private List<Double> epsilons = List.of();

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "runs side by side (default: one per core)")
    private int threads = Runtime.getRuntime().availableProcessors();

    /** The experiment that keeps pretrained models in a folder. */
    abstract Experiment experiment(Path models);

    abstract int seeds();

    /** The flag that chooses groups, and what was given with it. */
    abstract Map.Entry<String, List<String>> groups();

    @Override
    public Integer call() throws Exception {
      Flags flags = new Flags(spec);
      Experiment experiment = experiment(out.resolve("models"));
      requireKnown(flags, groups().getKey(), groups().getValue(), experiment.groups());
      requireKnown(flags, "--methods", methods, experiment.methods());
      requireKnown(flags, "--units", units, experiment.units());
      requireKnown(flags, "--epsilons", epsilons, experiment.epsilons());
      Choice choice =
          flags.accepts(
              () -> new Choice(groups().getValue(), methods, units, epsilons, seeds(), threads),
              "--");
      flags.require(choice.isIn(experiment), "no table has a cell of " + asked());
      new ExperimentRun(experiment, out, flags.commandLine().getErr()::println).of(choice);
      flags
          .commandLine()
          .getOut()
          .println(out.resolve(experiment.contents(seeds()).name() + ".html"));
      flags.commandLine().getOut().flush();
      return 0;
    }

    /** The flags that choose cells, as they were given. */
    private String asked() {
      return Stream.of(
              groups(),
              Map.entry("--methods", methods),
              Map.entry("--units", units),
              Map.entry("--epsilons", epsilons))
          .filter(flag -> !flag.getValue().isEmpty())
          .map(flag -> flag.getKey() + " " + joined(flag.getValue(), ","))
          .collect(Collectors.joining(" with "));
    }

    private static <T> void requireKnown(Flags flags, String flag, List<T> given, List<T> known) {
      for (T value : given) {
        flags.require(
            known.contains(value),
            "%s: %s is none of %s".formatted(flag, value, joined(known, ", ")));
      }
    }

    private static <T> String joined(List<T> values, String separator) {
      return values.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }
  }

  /** PhysioNet 2012: in-hospital mortality, public and private ICU types. */
  @Command(
      name = "icu",
      mixinStandardHelpOptions = true,
      description = "In-hospital mortality in the PhysioNet 2012 challenge data.",
      footer = {
        "",
        "DIR gets icu.csv, icu.html, icu.md, the plots and the pretrained models, anew",
        "after every cell. A run that was stopped goes on where it stopped, within a cell",
        "too, when it is started again with the same DIR; other models, methods, units or",
        "budgets add cells to it.",
        "Example:",
        "  quietune reproduce icu --data physionet2012 --out icu-results"
      })
  static final class Icu extends Run {
    @Option(
        names = "--data",
        required = true,
        paramLabel = "DIR",
        description = "folder with set-a.zip, set-b.zip and the outcomes, as published")
    private Path data = Path.of("");

    @Option(
        names = "--model",
        split = ",",
        paramLabel = "M",
        description = "models to run, separated by commas: logistic, mlp:64 (default: all)")
    private List<String> models = List.of();

    @Option(
        names = "--seeds",
        defaultValue = "10",
        paramLabel = "N",
        description = "noise seeds per cell (default: ${DEFAULT-VALUE})")
    private int seeds;

    @Override
    Experiment experiment(Path models) {
      return new IcuExperiment(data, models);
    }

    @Override
    int seeds() {
      return seeds;
    }

    @Override
    Map.Entry<String, List<String>> groups() {
      return Map.entry("--model", models);
    }
  }

  /** MNIST: turned digits, drawn digits, new classes. */
  @Command(
      name = "mnist",
      mixinStandardHelpOptions = true,
      description = {
        "Handwritten digits of MNIST, in three parts: (a) pretrained on upright digits, private ones"
            + " are turned by 45 degrees; (b) pretrained on digits drawn by a program, private ones"
            + " are written by hand; (c) pretrained on digits 0 to 4, private are 5 to 9."
      },
      footer = {
        "",
        "The most telling cells are run first, those of 60,000 images last. DIR gets",
        "mnist.csv, mnist.html, mnist.md, the plots and the pretrained models, anew",
        "after every cell. A run that was stopped goes on where it stopped, within a cell",
        "too, when it is started again with the same DIR; other parts, methods, units or",
        "budgets add cells to it. 60,000 images have a budget more, epsilon = 3.",
        "Example:",
        "  quietune reproduce mnist --data mnist --out results --part a"
      })
  static final class Mnist extends Run {
    @Option(
        names = "--data",
        required = true,
        paramLabel = "DIR",
        description = "folder with the four gzipped IDX files, as published")
    private Path data = Path.of("");

    @Option(
        names = "--part",
        split = ",",
        paramLabel = "P",
        description = "parts to run, separated by commas: a, b, c (default: all)")
    private List<String> parts = List.of();

    @Option(
        names = "--seeds",
        defaultValue = "5",
        paramLabel = "N",
        description = "noise seeds per cell (default: ${DEFAULT-VALUE})")
    private int seeds;

    @Override
    Experiment experiment(Path models) {
      return new MnistExperiment(data, models);
    }

    @Override
    int seeds() {
      return seeds;
    }

    @Override
    Map.Entry<String, List<String>> groups() {
      return Map.entry("--part", parts);
    }
  }
}
