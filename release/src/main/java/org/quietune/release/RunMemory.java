package org.quietune.release;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What one run of a selection keeps: its sums and public values, in memory and nowhere else. They
 * reach a run's folder when the selection has decided for it, and are garbage otherwise.
 */
final class RunMemory implements SumStore, PublicStore {
  private static final PublicFormat<PublicValue> AS_IT_IS =
      new PublicFormat<>() {
        @Override
        public PublicValue encode(PublicValue value) {
          return value;
        }

        @Override
        public PublicValue decode(PublicValue stored) {
          return stored;
        }
      };

  private final Map<String, NoisySum> sums = new LinkedHashMap<>();
  private final Map<String, PublicValue> values = new LinkedHashMap<>();

  @Override
  public NoisySum storeAndReadBack(String name, NoisySum sum) {
    if (sums.putIfAbsent(name, sum) != null) {
      throw new IllegalStateException("a sum is already stored under " + name);
    }
    return sum;
  }

  @Override
  public Optional<NoisySum> find(String name) {
    return Optional.ofNullable(sums.get(name));
  }

  @Override
  public <T> T keep(String name, PublicFormat<T> format, Supplier<T> compute) {
    PublicValue known = values.get(name);
    if (known == null) {
      known = format.encode(compute.get());
      values.put(name, known);
    }
    return format.decode(known);
  }

  /** Writes all of it where the context keeps such things. */
  void publish(ReleaseContext context) {
    sums.forEach((name, sum) -> context.store().storeAndReadBack(name, sum));
    values.forEach((name, value) -> context.publicStore().keep(name, AS_IT_IS, () -> value));
  }
}
