package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;

/** A sum that is stored is read again, and costs and reads nothing more. */
class ReplayTest {
  private static final VectorMap<String> ONE_EACH =
      new VectorMap<>() {
        @Override
        public int dimension() {
          return 1;
        }

        @Override
        public void map(List<String> records, double[] out) {
          Arrays.fill(out, 0, records.size(), 1.0);
        }
      };

  @TempDir Path folder;

  private SqliteLedger ledger() {
    return SqliteLedger.open(folder.resolve("ledger.sqlite"));
  }

  private ReleaseContext context(Ledger ledger) {
    return ReleaseContext.durable(
        ledger, "data", "run", new FolderSumStore(folder.resolve("sums")), 1);
  }

  private static SumPlan plan(double mu) {
    return SumPlan.forMu("p", 1, new L2Clip(1), mu, NeighboringRelation.ADD_OR_REMOVE_ONE);
  }

  private static PrivateRecords<String> unreadable() {
    return PrivateRecords.deferred(
        () -> {
          throw new IllegalArgumentException("the private file was opened");
        },
        "record");
  }

  private static PrivateRecords<String> records() {
    return PrivateRecords.deferred(
        () -> ListSource.sealed(List.of(List.of("a"), List.of("b"))), "record");
  }

  @Test
  void aStoredSumCostsNothingAndNeedsNoRecords() {
    try (SqliteLedger ledger = ledger()) {
      NoisySum first = new PrivateSum(plan(1), context(ledger)).release("r", records(), ONE_EACH);
      NoisySum again =
          new PrivateSum(plan(1), context(ledger)).release("r", unreadable(), ONE_EACH);
      assertArrayEquals(first.cells(), again.cells());
      assertEquals(first.receipt(), again.receipt());
      assertEquals(1, ledger.entries("data").size());
    }
  }

  /** Averaging two releases, or taking one for another, must be impossible. */
  @Test
  void aNameIsReleasedOnceAndUnderOnePlan() {
    try (SqliteLedger ledger = ledger()) {
      ReleaseContext context = context(ledger);
      assertTrue(new PrivateSum(plan(1), context).release("r", records(), ONE_EACH).secure());
      assertThrows(
          IllegalStateException.class,
          () -> new PrivateSum(plan(1), context).release("r", records(), ONE_EACH));
      assertThrows(
          IllegalStateException.class,
          () -> new PrivateSum(plan(0.5), context(ledger)).release("r", records(), ONE_EACH));
      assertEquals(1, ledger.entries("data").size());
    }
  }

  @Test
  void aFileThatCannotBeReadIsRefusedBeforeTheCharge() {
    try (SqliteLedger ledger = ledger()) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new PrivateSum(plan(1), context(ledger)).release("r", unreadable(), ONE_EACH));
      assertEquals(0, ledger.entries("data").size());
    }
  }

  @Test
  void verificationReleasesNothing() {
    ReleaseContext replaying =
        ReleaseContext.replaying(
            new FolderSumStore(folder.resolve("sums")),
            FolderPublicStore.complete(folder.resolve("public")));
    assertThrows(
        IllegalStateException.class,
        () -> new PrivateSum(plan(1), replaying).release("r", records(), ONE_EACH));
    assertThrows(
        UncheckedIOException.class,
        () -> replaying.publicStore().keep("v", new Texts(), () -> "computed"));
    assertEquals(
        "earlier",
        replaying.publicStore().keep("v", new Texts(), "earlier", () -> "computed"),
        "what the versions that kept no such value went by");
    assertEquals(
        "computed",
        new FolderPublicStore(folder.resolve("public"))
            .keep("v", new Texts(), "earlier", () -> "computed"));
    assertEquals(
        "computed",
        replaying.publicStore().keep("v", new Texts(), "earlier", () -> "computed again"));
  }

  private static final class Texts implements PublicFormat<String> {
    @Override
    public PublicValue encode(String value) {
      return new PublicValue(
          JsonNodeFactory.instance.objectNode().put("text", value), new byte[] {1, 2, 3});
    }

    @Override
    public String decode(PublicValue stored) {
      assertArrayEquals(new byte[] {1, 2, 3}, stored.body());
      return stored.header().path("text").asText();
    }
  }

  @Test
  void aPublicValueIsComputedOnceAndEveryChangedByteIsNoticed() throws IOException {
    FolderPublicStore store = new FolderPublicStore(folder.resolve("public"));
    assertEquals("first", store.keep("v", new Texts(), () -> "first"));
    assertEquals("first", store.keep("v", new Texts(), () -> "second"));
    Path file = folder.resolve("public").resolve("v.bin");
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 1;
      Files.write(file, changed);
      assertThrows(IOException.class, () -> PublicValue.read(file), "byte " + i);
      Files.write(file, Arrays.copyOf(whole, i));
      assertThrows(IOException.class, () -> PublicValue.read(file), "cut at " + i);
    }
    String value = "kept";
    assertSame(value, PublicStore.none().keep("v", new Texts(), () -> value));
  }
}
