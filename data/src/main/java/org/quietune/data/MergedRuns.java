package org.quietune.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Several sorted runs as one; of records of one unit, those of earlier runs come first. */
final class MergedRuns implements SortedRun {
  private final List<RunFile> files;
  private final PriorityQueue<Head> heads =
      new PriorityQueue<>(
          Comparator.comparing((Head head) -> head.run().entry(), Entry.BY_UNIT)
              .thenComparingInt(Head::index));
  private Entry current = Entry.NONE;

  /** A run that has a record. */
  private record Head(RunFile run, int index) {}

  private MergedRuns(List<RunFile> files) {
    this.files = files;
  }

  /**
   * Opens the runs.
   *
   * @param width features of each record
   */
  static MergedRuns open(List<RunFile.Written> runs, int width) throws IOException {
    MergedRuns merged = new MergedRuns(new ArrayList<>());
    try {
      for (RunFile.Written run : runs) {
        RunFile file = RunFile.open(run, width);
        merged.files.add(file);
        merged.enter(new Head(file, merged.files.size()));
      }
      return merged;
    } catch (IOException e) {
      merged.close();
      throw e;
    }
  }

  private void enter(Head head) throws IOException {
    if (head.run().advance()) {
      heads.add(head);
    }
  }

  @Override
  public boolean advance() throws IOException {
    Head least = heads.poll();
    if (least == null) {
      return false;
    }
    current = least.run().entry();
    enter(least);
    return true;
  }

  @Override
  public Entry entry() {
    return current;
  }

  @Override
  public void close() throws IOException {
    for (RunFile file : files) {
      file.close();
    }
  }
}
