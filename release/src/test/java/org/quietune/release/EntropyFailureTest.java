package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandomParameters;
import java.security.SecureRandomSpi;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.random.EntropyException;

/**
 * Without entropy nothing is spent. The runtime's generator is replaced by a broken one, through
 * the security provider list, so the whole way from the operating system's door is the real one.
 */
class EntropyFailureTest {
  private static final String NAME = "BrokenEntropy";
  private static final SumPlan PLAN =
      SumPlan.forMu("e", 1, new L2Clip(1), 1, NeighboringRelation.ADD_OR_REMOVE_ONE);

  private final AtomicInteger charges = new AtomicInteger();

  /** Ways in which a source of keys breaks. */
  enum Failure {
    THROWS,
    ZEROS,
    ONE_BYTE,
    STUCK;

    void fill(byte[] bytes) {
      switch (this) {
        case THROWS -> throw new ProviderException("no entropy");
        case ZEROS -> Arrays.fill(bytes, (byte) 0);
        case ONE_BYTE -> Arrays.fill(bytes, (byte) 0x5a);
        case STUCK -> {
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (31 * i);
          }
        }
      }
    }
  }

  @AfterEach
  void restore() {
    Security.removeProvider(NAME);
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void brokenFromTheStart(Failure failure) {
    Security.insertProviderAt(new BrokenProvider(failure), 1);
    assertThrows(EntropyException.class, this::context);
    assertEquals(0, charges.get());
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void brokenBetweenContextAndRelease(Failure failure) {
    PrivateSum sum = new PrivateSum(PLAN, context());
    Security.insertProviderAt(new BrokenProvider(failure), 1);
    assertThrows(EntropyException.class, () -> release(sum));
    assertEquals(0, charges.get());
  }

  /** The counter counts: with entropy, one charge. */
  @Test
  void entropyPresentIsCharged() {
    release(new PrivateSum(PLAN, context()));
    assertEquals(1, charges.get());
  }

  private static NoisySum release(PrivateSum sum) {
    return sum.release("s", ListSource.sealed(List.<List<double[]>>of()), new VectorRecords(1));
  }

  private ReleaseContext context() {
    Ledger ledger =
        new Ledger() {
          @Override
          public Receipt charge(Charge charge) {
            return new Receipt(charges.incrementAndGet(), "h");
          }

          @Override
          public Receipt setBudget(Budget budget) {
            throw new UnsupportedOperationException();
          }

          @Override
          public LedgerBook read() {
            return LedgerBook.verified("test", List.of());
          }

          @Override
          public void close() {}
        };
    return ReleaseContext.durable(ledger, "data", "run", (name, sum) -> sum, 1);
  }

  /** Offers a broken DRBG ahead of the runtime's own. */
  private static final class BrokenProvider extends Provider {
    private static final long serialVersionUID = 1L;

    BrokenProvider(Failure failure) {
      super(NAME, "1", "broken on purpose");
      putService(
          new Service(this, "SecureRandom", "DRBG", BrokenRandom.class.getName(), null, null) {
            @Override
            public Object newInstance(@Nullable Object parameter) {
              return new BrokenRandom(failure);
            }
          });
    }
  }

  private static final class BrokenRandom extends SecureRandomSpi {
    private static final long serialVersionUID = 1L;
    private final Failure failure;

    BrokenRandom(Failure failure) {
      this.failure = failure;
    }

    @Override
    protected void engineSetSeed(byte[] seed) {}

    @Override
    protected void engineNextBytes(byte[] bytes) {
      failure.fill(bytes);
    }

    @Override
    protected void engineNextBytes(byte[] bytes, SecureRandomParameters parameters) {
      failure.fill(bytes);
    }

    @Override
    protected byte[] engineGenerateSeed(int count) {
      return new byte[count];
    }
  }
}
