package org.quietune.benchmarks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

@EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
class IcuFineTuningRunTest {

  @Test
  void everyPhaseIsReported() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    IcuFineTuningRun.run(
        Path.of(System.getenv("QUIETUNE_DATA"), "physionet2012"),
        new PrintStream(out, true, StandardCharsets.UTF_8));
    String text = out.toString(StandardCharsets.UTF_8);
    for (String phase : new String[] {"read and featurize", "pretrain", "fine-tune", "whole run"}) {
      assertTrue(text.contains(phase), text);
    }
  }
}
