package org.quietune.release;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A spend would pass its data set's budget; nothing was written. The message says in one line what
 * was asked, what is spent, and what would fit.
 */
public final class BudgetExceededException extends BudgetRefusedException {
  private static final long serialVersionUID = 1L;

  private final transient Account account;
  private final transient Supplier<String> words;
  private @Nullable String message;

  /**
   * A refusal.
   *
   * @param words of the message; asked for when it is first read, since to find what would fit may
   *     take seconds, and a ledger throws while it keeps all other writers waiting
   */
  BudgetExceededException(Account account, Supplier<String> words) {
    super("");
    this.account = account;
    this.words = words;
  }

  @Override
  public synchronized String getMessage() {
    String known = message;
    if (known == null) {
      known = words.get();
      message = known;
    }
    return known;
  }

  /** The account as it stands, without the refused spend. */
  public Account account() {
    return account;
  }
}
