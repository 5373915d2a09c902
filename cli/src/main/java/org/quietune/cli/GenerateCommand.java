package org.quietune.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.generated.DrawnDigits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes generated public data. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Writes generated public data.",
    subcommands = GenerateCommand.Digits.class,
    footer = {"", "Example:", "  quietune generate digits --count 60000 --out drawn"})
final class GenerateCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    new Flags(spec).require(false, "name what to generate: digits");
    return Main.BAD_INPUT;
  }

  /** Digits drawn by a program. */
  @Command(
      name = "digits",
      mixinStandardHelpOptions = true,
      description = "Draws digits of 28 x 28 pixels, laid out like those of MNIST.",
      footer = {
        "",
        "Nobody wrote these digits: they are public data to pretrain on. The same seed gives the",
        "same images everywhere.",
        "Example:",
        "  quietune generate digits --count 60000 --seed 1 --out drawn"
      })
  static final class Digits implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;
    @Mixin private final JsonOption json = new JsonOption();

    @Option(
        names = "--count",
        defaultValue = "60000",
        paramLabel = "N",
        description = "number of images (default: ${DEFAULT-VALUE})")
    private int count;

    @Option(
        names = "--seed",
        defaultValue = "1",
        paramLabel = "S",
        description = "of the drawing; public (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder to write")
    private Path out = Path.of("");

    @Override
    public Integer call() throws Exception {
      Flags flags = new Flags(spec);
      flags.atLeastOne("--count", count);
      new DrawnDigits(seed).write(out, count);
      Map<String, Object> summary = new LinkedHashMap<>();
      summary.put("records", count);
      summary.put("data", DrawnDigits.name(out));
      json.print(flags.commandLine().getOut(), summary);
      return 0;
    }
  }
}
