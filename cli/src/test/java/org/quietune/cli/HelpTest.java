package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {

  /** Every command there is, below the first word too. */
  static Stream<List<String>> commands() {
    List<List<String>> paths = new ArrayList<>();
    collect(Main.commandLine(), List.of(), paths);
    return paths.stream();
  }

  private static void collect(CommandLine command, List<String> path, List<List<String>> paths) {
    for (var entry : command.getSubcommands().entrySet()) {
      List<String> longer = new ArrayList<>(path);
      longer.add(entry.getKey());
      paths.add(longer);
      collect(entry.getValue(), longer, paths);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void explainsItselfWithAnExample(List<String> command) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--help");
    CommandRun run = CommandRun.succeeding(arguments.toArray());
    String invocation = "  quietune " + String.join(" ", command);
    assertTrue(
        run.out().lines().anyMatch(line -> line.startsWith(invocation)),
        () -> "no line with '" + invocation + "' in: " + run.out());
    assertEquals("", run.err());
  }

  /** An example that does not parse would teach nobody. */
  @ParameterizedTest
  @MethodSource("commands")
  void examplesParse(List<String> command) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--help");
    String help =
        CommandRun.succeeding(arguments.toArray()).out().replaceAll("\\\\\\s*\\R\\s*", "");
    List<String> examples =
        help.lines()
            .map(String::strip)
            .filter(line -> line.startsWith("quietune " + String.join(" ", command)))
            .toList();
    assertFalse(examples.isEmpty());
    for (String example : examples) {
      String[] words = example.replaceFirst("^quietune ", "").split("\\s+");
      Main.commandLine().parseArgs(words);
    }
  }

  @Test
  void namesItsCommandsAndItsVersion() {
    CommandRun help = CommandRun.succeeding("--help");
    for (List<String> command : commands().filter(path -> path.size() == 1).toList()) {
      assertTrue(help.out().contains(command.get(0)), help.out());
    }
    assertTrue(help.out().contains("quietune quickstart"), help.out());
    String version = CommandRun.succeeding("--version").out().strip();
    assertTrue(version.matches("quietune \\d+\\.\\d+\\.\\d+.*"), version);
  }
}
