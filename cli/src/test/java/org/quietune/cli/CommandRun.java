package org.quietune.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One command line, run in this process.
 *
 * @param err all of standard error, progress included
 */
record CommandRun(int exitCode, String out, String err) {

  /** Runs it; a path or a number stands for its text. */
  static CommandRun of(Object... arguments) {
    StringWriter out = new StringWriter();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream before = System.err;
    try (PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      System.setErr(captured);
      int exitCode =
          Main.commandLine()
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(captured, true, StandardCharsets.UTF_8))
              .execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
      captured.flush();
      return new CommandRun(exitCode, out.toString(), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(before);
    }
  }

  /** Runs it and insists that it works. */
  static CommandRun succeeding(Object... arguments) {
    CommandRun run = of(arguments);
    if (run.exitCode() != 0) {
      throw new AssertionError("exit " + run.exitCode() + ": " + run.err());
    }
    return run;
  }

  List<String> errLines() {
    return err.lines().toList();
  }

  /** Standard output as the one JSON object that {@code --json} promises. */
  JsonNode json() throws JsonProcessingException {
    if (out.lines().count() != 1) {
      throw new AssertionError("not one line: " + out);
    }
    return new ObjectMapper().readTree(out);
  }

  /** Appends arguments to a command. */
  static Object[] with(Object[] command, Object... more) {
    Object[] all = Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return all;
  }

  /** The command with the value of one flag replaced, or the flag added. */
  static Object[] changed(Object[] command, String flag, Object value) {
    int at = Arrays.asList(command).indexOf(flag);
    if (at < 0) {
      return with(command, flag, value);
    }
    Object[] changed = command.clone();
    changed[at + 1] = value;
    return changed;
  }

  /** The command without one flag and its value. */
  static Object[] without(Object[] command, String flag) {
    List<Object> left = new ArrayList<>(Arrays.asList(command));
    int at = left.indexOf(flag);
    left.subList(at, at + 2).clear();
    return left.toArray();
  }

  /** The ledger's default would be the user's own. */
  static Path ledger(Path folder) {
    return folder.resolve("ledger.sqlite");
  }
}
