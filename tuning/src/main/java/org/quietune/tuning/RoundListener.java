package org.quietune.tuning;

/** Told of progress in rounds, which is public: never of records. */
@FunctionalInterface
public interface RoundListener {

  /** A round is done. */
  void roundDone(int round, int rounds);

  /** What will be trained and how, in one line, from public values; before anything is spent. */
  default void chosen(String summary) {}

  /** Listens to nothing. */
  static RoundListener silent() {
    return (round, rounds) -> {};
  }
}
