package org.quietune.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.SigningKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a key pair for signing certificates. */
@Command(
    name = "keygen",
    mixinStandardHelpOptions = true,
    description = "Makes a key pair: finetune --sign uses the private key, verify the public one.",
    footer = {
      "",
      "Whoever has the private key can sign as you: keep it, and give F.pub away.",
      "Example:",
      "  quietune keygen --out hospital.key"
    })
final class KeygenCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "F",
      description = "file of the private key, PEM; the public key goes to F.pub")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    try {
      SigningKey.generate(out);
    } catch (FileAlreadyExistsException e) {
      throw new InvalidDataException(
          e.getMessage() + " exists, and a key is never overwritten: choose another name", e);
    } catch (IOException e) {
      throw new InvalidDataException(out + " cannot be written: " + e.getMessage(), e);
    }
    PrintWriter print = new Flags(spec).commandLine().getOut();
    print.println("private key  " + out);
    print.println("public key   " + SigningKey.publicFile(out));
    print.flush();
    return 0;
  }
}
