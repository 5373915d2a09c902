package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.random.BitSource;
import org.quietune.random.InsecureRandomness;
import org.quietune.random.NoiseSource;

/**
 * Under every law of noise: the spend is durable before noise is drawn, noise is drawn before the
 * first record is read, and the sum that is returned is the one that the store gave back. And what
 * is refused spends nothing.
 *
 * <p>Drawing is seen where it happens, in the cipher that makes the bits: a provider ahead of the
 * runtime's own hands the work on and notes each block of bits.
 */
class OrderOfEventsTest {
  private static final String NAME = "NotingCipher";
  private static final NeighboringRelation ADD = NeighboringRelation.ADD_OR_REMOVE_ONE;
  private static final L2Clip CLIP = new L2Clip(1);

  private final List<String> events = new ArrayList<>();

  /** So many coordinates that one block of bits is not enough, where the law allows it. */
  static Stream<SumPlan> plans() {
    return Stream.of(
        plan(5000, new GaussianNoise(2)),
        plan(5000, new PoissonGaussianNoise(0.5, 2)),
        plan(40, BallNormalNoise.forEpsilon(1, 40, CLIP, 10, ADD)),
        plan(1, DiscreteLaplaceNoise.forEpsilon(1, ADD)));
  }

  private static SumPlan plan(int dimension, NoiseLaw noise) {
    return new SumPlan("order", dimension, CLIP, noise, ADD);
  }

  @BeforeEach
  void listen() {
    Security.insertProviderAt(new NotingProvider(events), 1);
  }

  @AfterEach
  void restore() {
    Security.removeProvider(NAME);
  }

  private PrivateSum sum(SumPlan plan, Ledger ledger, SumStore store) {
    PrivateSum sum = new PrivateSum(plan, ReleaseContext.durable(ledger, "data", "run", store, 1));
    // What went before was the health check of the new source.
    events.clear();
    return sum;
  }

  private PrivateRecords<double[]> records(int dimension) {
    List<List<double[]>> units =
        IntStream.range(0, 5).mapToObj(i -> List.of(new double[dimension])).toList();
    return PrivateRecords.seal(
        () -> {
          events.add("read");
          return new ListSource<>(units).open();
        },
        "patient");
  }

  @ParameterizedTest
  @MethodSource("plans")
  void chargeThenNoiseThenRecordsThenStore(SumPlan plan) {
    List<NoisySum> stored = new ArrayList<>();
    SumStore store =
        (name, sum) -> {
          events.add("store " + name);
          NoisySum readBack =
              new NoisySum(
                  plan, new long[plan.dimension()], sum.receipt(), sum.noiseSource(), true);
          stored.add(readBack);
          return readBack;
        };
    NoisySum sum =
        sum(plan, new RecordingLedger(events), store)
            .release("round-001", records(plan.dimension()), new VectorRecords(plan.dimension()));
    assertSame(stored.get(0), sum, "later steps must get what the store gives back");
    // The known-answer block of the source's opening, and its first block of bits.
    int charge = events.indexOf("charge patient");
    int read = events.indexOf("read");
    assertTrue(events.subList(0, charge).stream().allMatch("bits"::equals), events.toString());
    List<String> drawn = events.subList(charge + 1, read);
    assertTrue(drawn.stream().allMatch("bits"::equals), events.toString());
    // One number needs no second block; the charge came before the drawing all the same.
    assertEquals(plan.dimension() == 1, drawn.isEmpty());
    assertEquals(List.of("read", "store round-001"), events.subList(read, events.size()));
  }

  /** Every sampler reads all its bits when it draws, and none when it sees the sum. */
  @ParameterizedTest
  @MethodSource("plans")
  void noSamplerReadsBitsOnceItSeesTheSum(SumPlan plan) {
    int[] words = new int[1];
    BitSource seeded = NoiseSource.seeded(7, InsecureRandomness.acknowledgeNoPrivacy()).open();
    NoiseSampler.Perturbation noise =
        NoiseSampler.of(plan)
            .draw(
                () -> {
                  words[0]++;
                  return seeded.nextInt();
                });
    int drawn = words[0];
    assertTrue(drawn > 0);
    noise.perturb(new long[plan.dimension()]);
    assertEquals(drawn, words[0]);
  }

  @ParameterizedTest
  @MethodSource("plans")
  void aFailedChargeDrawsAndReadsNothing(SumPlan plan) {
    Ledger broken =
        new RecordingLedger(events) {
          @Override
          public Receipt charge(Charge charge) {
            events.add("failed charge");
            throw new LedgerException("disk full");
          }
        };
    PrivateSum sum = sum(plan, broken, (name, noisy) -> noisy);
    assertThrows(
        LedgerException.class,
        () -> sum.release("x", records(plan.dimension()), new VectorRecords(plan.dimension())));
    assertEquals("failed charge", events.get(events.size() - 1));
    assertEquals(1, events.stream().filter(event -> !event.equals("bits")).count());
  }

  @ParameterizedTest
  @MethodSource("plans")
  void aFailedStoreReleasesNothing(SumPlan plan) {
    PrivateSum sum =
        sum(
            plan,
            new RecordingLedger(events),
            (name, noisy) -> {
              throw new IllegalStateException("disk full");
            });
    PrivateRecords<double[]> records = records(plan.dimension());
    VectorRecords map = new VectorRecords(plan.dimension());
    assertThrows(IllegalStateException.class, () -> sum.release("x", records, map));
    // And the spent object cannot be asked again.
    assertThrows(IllegalStateException.class, () -> sum.release("y", records, map));
    assertEquals(1, events.stream().filter("charge patient"::equals).count());
  }

  /** Whatever is wrong with a release is found before the ledger hears of it. */
  @Test
  void aRefusalSpendsNothing() {
    // ε is defined, but a ball so tight cannot be sampled.
    SumPlan infeasible = plan(64, new BallNormalNoise(10, 10, 10));
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> refused(infeasible, 64))
                .getMessage());
    assertTrue(message.contains("take a radius of at least"), message);
    // The map and the plan disagree.
    assertThrows(IllegalArgumentException.class, () -> refused(plan(3, new GaussianNoise(1)), 4));
    assertThrows(
        IllegalArgumentException.class, () -> plan(2, DiscreteLaplaceNoise.forEpsilon(1, ADD)));
    assertFalse(events.contains("charge patient"));
    assertFalse(events.contains("read"));
    // The twin: a plan that can be carried out is charged.
    sum(plan(3, new GaussianNoise(1)), new RecordingLedger(events), (name, noisy) -> noisy)
        .release("x", records(3), new VectorRecords(3));
    assertTrue(events.contains("charge patient"));
  }

  private void refused(SumPlan plan, int mapDimension) {
    sum(plan, new RecordingLedger(events), (name, noisy) -> noisy)
        .release("x", records(mapDimension), new VectorRecords(mapDimension));
  }

  /** Offers the runtime's own AES/CTR under another name, ahead of it. */
  private static final class NotingProvider extends Provider {
    private static final long serialVersionUID = 1L;

    NotingProvider(List<String> events) {
      super(NAME, "1", "notes each block of bits");
      putService(
          new Service(
              this, "Cipher", "AES/CTR/NoPadding", NotingCipher.class.getName(), null, null) {
            @Override
            public Object newInstance(@Nullable Object parameter) {
              return new NotingCipher(events);
            }
          });
    }
  }

  private static final class NotingCipher extends CipherSpi {
    private final List<String> events;
    private final Cipher cipher;

    NotingCipher(List<String> events) {
      this.events = events;
      try {
        this.cipher = Cipher.getInstance("AES/CTR/NoPadding", "SunJCE");
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    protected void engineInit(
        int mode, Key key, @Nullable AlgorithmParameterSpec spec, SecureRandom random) {
      try {
        cipher.init(mode, key, spec, random);
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    protected int engineUpdate(byte[] input, int offset, int length, byte[] output, int at) {
      events.add("bits");
      try {
        return cipher.update(input, offset, length, output, at);
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    protected void engineSetMode(String mode) {}

    @Override
    protected void engineSetPadding(String padding) {}

    @Override
    protected int engineGetBlockSize() {
      return cipher.getBlockSize();
    }

    @Override
    protected int engineGetOutputSize(int length) {
      return cipher.getOutputSize(length);
    }

    @Override
    protected byte[] engineGetIV() {
      return cipher.getIV();
    }

    @Override
    protected AlgorithmParameters engineGetParameters() {
      return cipher.getParameters();
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameters params, SecureRandom random) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected byte[] engineUpdate(byte[] input, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected byte[] engineDoFinal(byte[] input, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected int engineDoFinal(byte[] input, int offset, int length, byte[] output, int at) {
      throw new UnsupportedOperationException();
    }
  }
}
