package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quietune.cli.SmallWards.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.SqliteLedger;

/** What only a process of its own shows: exit codes, the two streams, environment and home. */
class ProcessTest {
  @TempDir Path folder;

  private record Finished(int exitCode, String out, String err) {}

  private Finished run(Object... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.home=" + folder.resolve("home"),
                // Otherwise the new home would get its own copy of the natives, 435 MB.
                "-Dorg.bytedeco.javacpp.cachedir=" + Loader.getCacheDir(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "org.quietune.cli.Main"));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    File out = folder.resolve("stdout").toFile();
    File err = folder.resolve("stderr").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
    builder.environment().remove("QUIETUNE_LEDGER");
    builder.environment().remove("QUIETUNE_DEBUG");
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), "still running");
    return new Finished(
        process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
  }

  @Test
  void badInputExitsWith2AndOneLine() throws IOException, InterruptedException {
    Path data =
        write(
            folder.resolve("d.csv"),
            SmallWards.withCell(SmallWards.publicLines(), 3, "age", "old"));
    Finished refused =
        run("pretrain", "--data", data, "--label", "died", "--out", folder.resolve("m.onnx"));
    assertEquals(2, refused.exitCode());
    assertEquals("", refused.out());
    assertEquals(1, refused.err().lines().count(), refused.err());
    assertTrue(refused.err().contains("d.csv line 3, column 'age': 'old'"), refused.err());
    assertFalse(Files.exists(folder.resolve("m.onnx")));
  }

  @Test
  void finetuneKeepsItsStreamsApartAndPaysFromTheUsersLedger()
      throws IOException, InterruptedException {
    SmallRun small = SmallRun.prepare(folder);
    Object[] command =
        small.finetune(folder.resolve("out"), "--delta", "1e-5", "--rounds", 2, "--json");
    Finished done = run(CommandRun.without(CommandRun.without(command, "--ledger"), "--dataset"));
    assertEquals(0, done.exitCode(), done.err());
    assertEquals(1, done.out().lines().count(), done.out());
    JsonNode json = new ObjectMapper().readTree(done.out());
    assertEquals(3, json.path("releases").asInt());
    assertTrue(done.err().contains("Fine-tuning"), done.err());
    Path ledger = folder.resolve("home").resolve(".quietune").resolve("ledger.sqlite");
    try (SqliteLedger spent = SqliteLedger.open(ledger)) {
      assertEquals(3, spent.entries(small.privateFile().toString()).size());
    }
  }
}
