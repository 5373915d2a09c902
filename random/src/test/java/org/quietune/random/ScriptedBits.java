package org.quietune.random;

/** Replays given words, then says that it is exhausted. */
final class ScriptedBits implements BitSource {

  /** Thrown when a sampler asks for more words than the script has. */
  static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Exhausted() {
      super("script exhausted", null, false, false);
    }
  }

  private final int[] words;
  private final int length;
  private int position;

  ScriptedBits(int... words) {
    this(words, words.length);
  }

  ScriptedBits(int[] words, int length) {
    this.words = words;
    this.length = length;
  }

  @Override
  public int nextInt() {
    if (position == length) {
      throw new Exhausted();
    }
    return words[position++];
  }
}
