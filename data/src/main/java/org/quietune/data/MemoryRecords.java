package org.quietune.data;

import java.util.List;
import org.quietune.release.PrivateRecords;

/** Private records that are held in memory, each its own privacy unit. */
public final class MemoryRecords {
  private MemoryRecords() {}

  /** Seals a copy of {@code examples}. */
  public static PrivateRecords<Example> seal(List<Example> examples, String privacyUnit) {
    List<Example> copy = List.copyOf(examples);
    return PrivateRecords.seal(() -> new MemoryCursor(copy), privacyUnit);
  }

  private static final class MemoryCursor implements PrivateRecords.Cursor<Example> {
    private final List<Example> examples;
    private int index = -1;

    MemoryCursor(List<Example> examples) {
      this.examples = examples;
    }

    @Override
    public boolean advance() {
      index++;
      return index < examples.size();
    }

    @Override
    public Example record() {
      return examples.get(index);
    }

    @Override
    public boolean startsUnit() {
      return true;
    }

    @Override
    public void close() {}
  }
}
