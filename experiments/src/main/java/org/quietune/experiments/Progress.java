package org.quietune.experiments;

import java.io.IOException;
import java.util.Optional;

/** What is done of a cell: on many records a cell takes hours, and a run may be stopped within. */
public interface Progress {
  /** The members of a grid that were tried and the seeds that were run, the first ones of each. */
  Optional<Cell> done() throws IOException;

  /** Keeps as much as is done, in place of what was kept before. */
  void keep(Cell cell) throws IOException;
}
