package org.quietune.release;

/** A budget does not allow what was asked; nothing was written. */
public class BudgetRefusedException extends LedgerException {
  private static final long serialVersionUID = 1L;

  public BudgetRefusedException(String message) {
    super(message);
  }
}
