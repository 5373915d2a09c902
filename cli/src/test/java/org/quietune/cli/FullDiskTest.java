package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.SqliteLedger;

/**
 * A run folder on a disk that fills up, or that cannot be written: a small file system of its own.
 */
class FullDiskTest {
  /** Free pages of 4 KiB, from none to enough for the whole run. */
  private static final int MOST_PAGES = 24;

  @TempDir Path folder;
  private SmallRun small;
  private Path disk;
  private boolean mounted;

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    small = SmallRun.prepare(folder);
    disk = Files.createDirectory(folder.resolve("disk"));
    mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()) == 0;
    // Only root may mount; CI runs as root, so there it is a failure.
    assertTrue(mounted || System.getenv("CI") == null, "CI must be able to mount a tmpfs");
    assumeTrue(mounted, "needs the right to mount a tmpfs");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (mounted) {
      assertEquals(0, run("umount", disk.toString()));
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.waitFor();
  }

  private void leaveFree(int pages) throws IOException {
    long free = disk.toFile().getUsableSpace() - 4096L * pages;
    Files.write(disk.resolve("ballast"), new byte[(int) Math.max(0, free)]);
  }

  private Object[] finetune(Path out) {
    return small.finetune(out, "--delta", "1e-5", "--rounds", 2);
  }

  private int spends() {
    if (!Files.exists(small.ledger())) {
      return 0;
    }
    try (SqliteLedger ledger = SqliteLedger.open(small.ledger())) {
      return ledger.entries("ward").size();
    }
  }

  @Test
  void aFullDiskLosesNothing() throws IOException {
    int refused = 0;
    int lost = 0;
    for (int pages = 0; pages <= MOST_PAGES; pages++) {
      Path out = disk.resolve("run" + pages);
      leaveFree(pages);
      int before = spends();
      CommandRun first = CommandRun.of(finetune(out));
      Files.delete(disk.resolve("ballast"));
      if (first.exitCode() != 0) {
        refused++;
        assertEquals(1, first.exitCode(), first.err());
        List<String> said = first.err().lines().filter(l -> l.contains("No space left")).toList();
        assertEquals(1, said.size(), first.err());
        if (Files.exists(out.resolve("run.json"))) {
          CommandRun.succeeding("finetune", "--resume", out, "--epsilon", 1000);
        } else {
          assertEquals(before, spends(), "spent before the run was on record");
          CommandRun.succeeding(finetune(out));
        }
      }
      CommandRun verified = CommandRun.of("verify", out, "--ledger", small.ledger());
      assertEquals(0, verified.exitCode(), verified.out());
      JsonNode certificate = new ObjectMapper().readTree(out.resolve("certificate.json").toFile());
      lost += certificate.path("lost").size();
      assertEquals(
          spends() - before, certificate.path("releases").size() + certificate.path("lost").size());
      delete(out);
    }
    System.out.printf(
        "full disks %d, runs resumed to their end %d, spends lost and counted %d%n",
        refused, refused, lost);
    assertTrue(refused >= 8, "refused: " + refused);
  }

  private static void delete(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aReadOnlyFolderIsRefusedInOneLine() throws IOException, InterruptedException {
    assertEquals(0, run("mount", "-o", "remount,ro", disk.toString()));
    CommandRun refused = CommandRun.of(finetune(disk.resolve("run")));
    assertEquals(2, refused.exitCode(), refused.err());
    assertEquals(1, refused.errLines().size(), refused.err());
    assertEquals(0, spends());
    assertEquals(0, run("mount", "-o", "remount,rw", disk.toString()));
    assertFalse(Files.exists(disk.resolve("run")));
    CommandRun.succeeding(finetune(disk.resolve("run")));
  }
}
