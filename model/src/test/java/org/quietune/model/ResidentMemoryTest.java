package org.quietune.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No engine's resident memory grows over 10,000 batches, natives included. Each runs in a process
 * of its own whose Java heap is resident from the start, so what grows is outside of it; a leak
 * inside it ends in an OutOfMemoryError.
 */
class ResidentMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int BATCHES = 10_000;

  /** Until compiled code, arenas and pools have their size. */
  private static final int WARMUP = 3_000;

  /** Allocators grow in steps; 10,000 leaks of a batch's smallest tensor would exceed this. */
  private static final long ALLOWED_KIB = 16 << 10;

  /** Bytes that the broken twin loses with every batch: its logits and little more. */
  private static final int LEAK = 4096;

  /** What is run once per batch. */
  enum Engine {
    /** Record by record in Java: the private pass. */
    ROWWISE,
    /** Gradients of batches and of each record on libtorch: pretraining, curvature. */
    LIBTORCH,
    /** Features of a frozen prefix on ONNX Runtime. */
    PREFIX,
    /** Scores on ONNX Runtime. */
    SCORER,
    /** Pretraining as a whole, of 1,000 mini-batches a run. */
    PRETRAINING,
    /** The broken twin of {@link #ROWWISE}: a piece of native memory is kept per batch. */
    LEAKING
  }

  @ParameterizedTest
  @EnumSource(names = {"ROWWISE", "PREFIX", "SCORER"})
  void residentMemoryDoesNotGrow(Engine engine) throws Exception {
    requireFlat(engine, BATCHES);
  }

  /** Batches on libtorch take longer; fewer of them still show what a batch would lose. */
  @Test
  void residentMemoryDoesNotGrowWithLibtorch() throws Exception {
    requireFlat(Engine.LIBTORCH, BATCHES / 5);
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource(names = {"LIBTORCH", "PRETRAINING"})
  void residentMemoryDoesNotGrowOverAllBatches(Engine engine) throws Exception {
    requireFlat(engine, BATCHES);
  }

  private static void requireFlat(Engine engine, int batches) throws Exception {
    assumeTrue(Files.isReadable(STATUS), "the system does not tell resident memory");
    long grown = grownKib(engine, batches);
    assertTrue(grown < ALLOWED_KIB, engine + " grew by " + grown + " KiB");
  }

  /** The comparison must be able to fail. */
  @Test
  void aLeakIsSeen() throws Exception {
    assumeTrue(Files.isReadable(STATUS), "the system does not tell resident memory");
    long grown = grownKib(Engine.LEAKING, BATCHES);
    assertTrue(grown > ALLOWED_KIB, "a leak of " + LEAK + " bytes a batch grew by " + grown);
  }

  private static long grownKib(Engine engine, int batches) throws Exception {
    Path java = Path.of(System.getProperty("java.home", ""), "bin", "java");
    // Surefire keeps the true class path under its own name.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                Batches.class.getName(),
                engine.name(),
                Integer.toString(batches))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(10, TimeUnit.SECONDS), output);
    assertEquals(0, process.exitValue(), output);
    String[] lines = output.strip().split("\n", -1);
    long grown = Long.parseLong(lines[lines.length - 1]);
    System.out.println(engine + ": " + grown + " KiB over " + batches + " batches");
    return grown;
  }

  /** Runs in the process of its own; prints by how many KiB it grew. */
  static final class Batches {
    private static final int WIDTH = 12;
    private static final int CLASSES = 3;
    private static final int SIZE = 16;

    private final Batch batch = TestModels.batch(SIZE, WIDTH, CLASSES, 1);
    private final List<ByteBuffer> kept = new ArrayList<>();

    private Batches() {}

    public static void main(String[] args) throws IOException {
      Engine engine = Engine.valueOf(args[0]);
      new Batches().run(engine, Integer.parseInt(args[1]));
    }

    private void run(Engine engine, int batches) throws IOException {
      ModelFile model =
          TestModels.randomized(TestModels.mlp(WIDTH, CLASSES, List.of(8, 8), Activation.TANH), 1);
      double[] theta = model.parameterValues();
      try (Network network = Network.of(model);
          FrozenPrefix prefix = FrozenPrefix.split(model.training(TrainableSelection.head()));
          OnnxScorer scorer = OnnxScorer.of(model)) {
        switch (engine) {
          case ROWWISE -> measure(rowwise(model), batches);
          case LIBTORCH -> measure(() -> gradients(network, theta), batches);
          case PREFIX -> measure(() -> prefix.features(batch), batches);
          case SCORER ->
              measure(() -> scorer.probabilities(batch.features(), SIZE, WIDTH), batches);
          case PRETRAINING -> measure(() -> pretrain(network), batches / 1000);
          case LEAKING -> measure(leaking(rowwise(model)), batches);
        }
      }
    }

    private Runnable rowwise(ModelFile model) {
      RowwiseNetwork network = RowwiseNetwork.of(model);
      RowwiseNetwork.Pass pass =
          network.pass(model.parameterValues(), TestModels.everySideWhole(network));
      double[] out = new double[SIZE * pass.gradientLength()];
      return () -> {
        // A workspace per batch, as the fine-tuning pass makes them.
        RowwiseNetwork.Workspace workspace = pass.workspace();
        workspace.inBlock(
            () -> {
              for (int i = 0; i < SIZE; i++) {
                workspace.gradient(
                    batch.features(), i * WIDTH, batch.labels()[i], out, i * out.length / SIZE);
              }
            });
      };
    }

    private Runnable leaking(Runnable run) {
      return () -> {
        run.run();
        ByteBuffer lost = ByteBuffer.allocateDirect(LEAK);
        lost.putInt(0, 1);
        kept.add(lost);
      };
    }

    private void gradients(Network network, double[] theta) {
      network.meanGradient(theta, batch);
      network.perExampleGradients(theta, batch, new double[SIZE * theta.length]);
    }

    private void pretrain(Network network) {
      Batch train = TestModels.batch(2560, WIDTH, CLASSES, 2);
      Batch validation = TestModels.batch(SIZE, WIDTH, CLASSES, 3);
      PretrainingSettings settings = new PretrainingSettings(List.of(1e-3), 100, 100, 1);
      Pretraining.fit(network, train, validation, settings, report -> {});
    }

    /**
     * Twice the smaller growth of two halves: what is lost per batch grows in both, while a
     * compiler that a busy machine delays, or an arena's step, grows in one.
     */
    private static void measure(Runnable batch, int count) throws IOException {
      repeat(batch, Math.max(1, Math.toIntExact(count * (long) WARMUP / BATCHES)));
      long before = residentKib();
      repeat(batch, count / 2);
      long halfway = residentKib();
      repeat(batch, count / 2);
      System.out.println(2 * Math.min(halfway - before, residentKib() - halfway));
    }

    private static void repeat(Runnable batch, int count) {
      for (int i = 0; i < count; i++) {
        batch.run();
      }
    }

    private static long residentKib() throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
