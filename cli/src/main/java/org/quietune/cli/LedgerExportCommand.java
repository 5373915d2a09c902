package org.quietune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.DurableFile;
import org.quietune.release.Ledger;
import org.quietune.release.LedgerBook;
import org.quietune.release.LedgerException;
import org.quietune.release.LedgerExport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** All entries with their hashes, out of the ledger; and a check of such a file. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = "Writes all entries with their hashes as JSON lines, or checks such a file.",
    footer = {
      "",
      "An export kept elsewhere tells whether the ledger was set back or replaced by a copy.",
      "Examples:",
      "  quietune ledger export --out entries.jsonl",
      "  quietune ledger export --check entries.jsonl --ledger team.sqlite"
    })
final class LedgerExportCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final LedgerOption ledger = new LedgerOption();

  @Option(names = "--out", paramLabel = "FILE", description = "default: standard output")
  private @Nullable Path out;

  @Option(
      names = "--check",
      paramLabel = "FILE",
      description =
          "reads an export and checks its chain; with --ledger, also that the ledger still holds"
              + " its last entry")
  private @Nullable Path check;

  @Override
  public Integer call() throws IOException {
    Flags flags = new Flags(spec);
    PrintWriter print = flags.commandLine().getOut();
    if (check != null) {
      flags.require(out == null, "--check reads and --out writes: give one of them");
      check(check, print);
    } else {
      write(print);
    }
    print.flush();
    return 0;
  }

  private void write(PrintWriter print) throws IOException {
    List<String> lines;
    try (Ledger open = ledger.location().openExisting()) {
      lines = LedgerExport.lines(open.read());
    }
    if (out == null) {
      lines.forEach(print::println);
    } else {
      String text = String.join("\n", lines) + "\n";
      DurableFile.write(out, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void check(Path file, PrintWriter print) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new InvalidDataException("there is no file " + file);
    }
    LedgerBook exported;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      exported = LedgerExport.read(file.toString(), reader);
    }
    print.printf(
        "%s: chain whole, %d entries, head %s%n",
        file, exported.head().sequence(), exported.head().hash());
    if (ledger.isGiven()) {
      requireContinued(file, exported);
      print.println("the ledger holds all of them");
    }
  }

  private void requireContinued(Path file, LedgerBook exported) {
    Ledger.Receipt last = exported.head();
    try (Ledger open = ledger.location().openExisting()) {
      LedgerBook book = open.read();
      if (last.sequence() > 0 && !book.holds(last)) {
        long first =
            exported.rows().stream()
                .filter(row -> !book.holds(row.receipt()))
                .findFirst()
                .orElseThrow()
                .sequence();
        throw new LedgerException(
            "the ledger does not hold entry %d of %s: it was set back, or is a copy that went another way"
                .formatted(first, file));
      }
    }
  }
}
