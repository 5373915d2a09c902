package org.quietune.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.VerifyingKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks a finished run without its private data, and without trust in what it states. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "Checks a run's certificate, files, guarantee, model and ledger entries.",
    footer = {
      "",
      "Exit code 0: all checks hold. 1: one fails; its line says which and where.",
      "Example:",
      "  quietune verify run1 --public-key hospital.key.pub --ledger ledger.sqlite"
    })
final class VerifyCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final JsonOption json = new JsonOption();

  @Parameters(index = "0", paramLabel = "DIR", description = "folder of a finished run")
  private Path directory = Path.of("");

  @Option(
      names = "--public-key",
      paramLabel = "F",
      description = "key that must have signed (default: the one that the certificate names)")
  private @Nullable Path publicKey;

  @Option(
      names = "--ledger",
      paramLabel = "FILE|URL",
      description =
          "ledger, or an export of it (.jsonl), that must hold the run's spends and no others of it")
  private @Nullable String ledger;

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new InvalidDataException("no such folder: " + directory);
    }
    Verification verification =
        new Verification(
            new RunFolder(directory),
            Optional.ofNullable(publicKey).map(VerifyCommand::key),
            Optional.ofNullable(ledger));
    List<Verification.Check> checks = verification.run();
    boolean ok = checks.stream().allMatch(Verification.Check::ok);
    PrintWriter out = new Flags(spec).commandLine().getOut();
    if (json.isAsked()) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("ok", ok);
      object.putAll(verification.figures());
      object.put("checks", checks);
      json.print(out, object);
    } else {
      for (Verification.Check check : checks) {
        out.printf("%-6s  %-13s  %s%n", check.ok() ? "ok" : "FAILED", check.name(), check.detail());
      }
      out.flush();
    }
    return ok ? 0 : Main.FAILED;
  }

  private static VerifyingKey key(Path file) {
    try {
      return VerifyingKey.read(file);
    } catch (IOException e) {
      throw new InvalidDataException(file + " is not a public key: " + e.getMessage(), e);
    }
  }
}
