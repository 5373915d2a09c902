package org.quietune.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quietune.experiments.icu.IcuExperiment;
import org.quietune.experiments.mnist.MnistExperiment;
import org.quietune.experiments.mnist.Part;
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
        "after every cell. A run that was stopped goes on where it stopped when it is",
        "started again with the same DIR; other parts, methods, units or budgets add",
        "cells to it.",
        "Example:",
        "  quietune reproduce mnist --data mnist --out results --part a"
      })
  static final class Mnist implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Option(
        names = "--data",
        required = true,
        paramLabel = "DIR",
        description = "folder with the four gzipped IDX files, as published")
    private Path data = Path.of("");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to write")
    private Path out = Path.of("");

    @Option(
        names = "--part",
        split = ",",
        paramLabel = "a|b|c",
        description = "parts to run, separated by commas (default: all)")
    private List<String> parts = List.of();

    @Option(
        names = "--methods",
        split = ",",
        paramLabel = "M",
        description = "methods to run: qem, qem-one-shot, qem-3 and the baselines (default: all)")
    private List<String> methods = List.of();

    @Option(
        names = "--units",
        split = ",",
        paramLabel = "N",
        description = "numbers of private images: 1000, 5000 in (a) and (c), 2000, 60000 in (b)")
    private List<Integer> units = List.of();

    @Option(
        names = "--epsilons",
        split = ",",
        paramLabel = "E",
        description = "budgets: 0.5, 1, 2, 4, 8 (default: all)")
    private List<Double> epsilons = List.of();

    @Option(
        names = "--seeds",
        defaultValue = "5",
        paramLabel = "N",
        description = "noise seeds per cell (default: ${DEFAULT-VALUE})")
    private int seeds;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "runs side by side (default: one per core)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Override
    public Integer call() throws Exception {
      Flags flags = new Flags(spec);
      List<Integer> sizes =
          Stream.of(Part.values()).flatMap(part -> part.units().stream()).distinct().toList();
      requireKnown(flags, "--methods", methods, MnistExperiment.methods());
      requireKnown(flags, "--units", units, sizes);
      requireKnown(flags, "--epsilons", epsilons, MnistExperiment.epsilons());
      List<Part> chosen = flags.accepts(() -> parts.stream().map(Part::parse).toList(), "--part: ");
      MnistExperiment.Selection selection =
          flags.accepts(
              () -> new MnistExperiment.Selection(chosen, methods, units, epsilons, seeds, threads),
              "--");
      new MnistExperiment(data, out).run(selection, flags.commandLine().getErr()::println);
      flags.commandLine().getOut().println(out.resolve("mnist.html"));
      flags.commandLine().getOut().flush();
      return 0;
    }

    private static <T> void requireKnown(Flags flags, String flag, List<T> given, List<T> known) {
      for (T value : given) {
        flags.require(
            known.contains(value),
            "%s: %s is none of %s"
                .formatted(
                    flag,
                    value,
                    known.stream().map(String::valueOf).collect(Collectors.joining(", "))));
      }
    }
  }
}
