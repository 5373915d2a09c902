package org.quietune.tuning;

/** Told of progress in rounds, which is public: never of records. */
@FunctionalInterface
public interface RoundListener {

  /** A round is done. */
  void roundDone(int round, int rounds);

  /** Listens to nothing. */
  static RoundListener silent() {
    return (round, rounds) -> {};
  }
}
