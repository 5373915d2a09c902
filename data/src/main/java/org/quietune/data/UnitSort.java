package org.quietune.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quietune.data.SortedRun.Entry;

/**
 * Puts records in the order of their units' names, by their bytes in UTF-8; those of one unit stay
 * in the order of the file.
 *
 * <p>Memory does not grow with the number of records. What exceeds {@link #MEMORY} is sorted piece
 * by piece, and the pieces are written to a directory that only this user can read; at most {@value
 * #FAN_IN} of them are read side by side, so that more are first merged into fewer.
 */
final class UnitSort implements AutoCloseable {
  /** Bytes of records that are held before they are written: no run needs a large heap. */
  static final long MEMORY = 16 << 20;

  static final int FAN_IN = 64;

  private final int width;
  private final long memory;
  private final List<Entry> held = new ArrayList<>();
  private long heldBytes;
  private List<RunFile.Written> runs = new ArrayList<>();
  private int files;
  private @Nullable SpillDirectory spill;

  private UnitSort(int width, long memory) {
    this.width = width;
    this.memory = memory;
  }

  /**
   * Reads records to their end and gives them back in order.
   *
   * @param records each with a unit
   * @param width features of each record
   */
  static RowReader sorted(RowReader records, int width) {
    return sorted(records, width, MEMORY);
  }

  /** The same with another bound on the bytes held. */
  static RowReader sorted(RowReader records, int width, long memory) {
    UnitSort sort = new UnitSort(width, memory);
    try {
      while (records.advance()) {
        sort.add(records);
      }
      return new SortedReader(sort, sort.result());
    } catch (IOException e) {
      sort.close();
      throw failed(e);
    } catch (RuntimeException | Error e) {
      sort.close();
      throw e;
    }
  }

  static UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(
        "the temporary files of a sort by unit cannot be used: " + e.getMessage(), e);
  }

  /** Deletes what was written. */
  @Override
  public void close() {
    if (spill != null) {
      spill.close();
    }
  }

  private void add(RowReader record) throws IOException {
    String unit = record.unit();
    if (unit == null) {
      throw new IllegalArgumentException("a record without a unit cannot be sorted by unit");
    }
    Entry entry =
        new Entry(unit.getBytes(StandardCharsets.UTF_8), record.features(), record.label());
    if (!held.isEmpty() && heldBytes + entry.bytes() > memory) {
      spill();
    }
    held.add(entry);
    heldBytes += entry.bytes();
  }

  private SortedRun result() throws IOException {
    if (runs.isEmpty()) {
      held.sort(Entry.BY_UNIT);
      return SortedRun.of(held);
    }
    spill();
    while (runs.size() > FAN_IN) {
      List<RunFile.Written> merged = new ArrayList<>();
      for (int from = 0; from < runs.size(); from += FAN_IN) {
        merged.add(merge(runs.subList(from, Math.min(runs.size(), from + FAN_IN))));
      }
      runs = merged;
    }
    return MergedRuns.open(runs, width);
  }

  private void spill() throws IOException {
    held.sort(Entry.BY_UNIT);
    try (SortedRun run = SortedRun.of(held)) {
      runs.add(write(run));
    }
    held.clear();
    heldBytes = 0;
  }

  private RunFile.Written merge(List<RunFile.Written> some) throws IOException {
    RunFile.Written merged;
    try (SortedRun run = MergedRuns.open(some, width)) {
      merged = write(run);
    }
    for (RunFile.Written run : some) {
      Files.delete(run.file());
    }
    return merged;
  }

  private RunFile.Written write(SortedRun run) throws IOException {
    SpillDirectory directory = spill;
    if (directory == null) {
      directory = SpillDirectory.create();
      spill = directory;
    }
    Path file = directory.path().resolve(Integer.toString(files++));
    return RunFile.write(file, run, width);
  }
}
