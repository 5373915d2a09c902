package org.quietune.release;

/** How a kind of public value is written. */
public interface PublicFormat<T> {

  PublicValue encode(T value);

  /**
   * The value back, to the last bit.
   *
   * @throws IllegalArgumentException when it is not such a value
   */
  T decode(PublicValue stored);
}
