package org.quietune.release;

/**
 * A spend would pass its data set's budget; nothing was written. The message says in one line what
 * was asked, what is spent, and what would fit.
 */
public final class BudgetExceededException extends BudgetRefusedException {
  private static final long serialVersionUID = 1L;

  private final transient Account account;

  BudgetExceededException(String message, Account account) {
    super(message);
    this.account = account;
  }

  /** The account as it stands, without the refused spend. */
  public Account account() {
    return account;
  }
}
