package org.quietune.accounting;

/** Which two data sets count as neighbors: what one privacy unit may change. */
public enum NeighboringRelation {
  /** One unit is present in one data set and absent from the other. */
  ADD_OR_REMOVE_ONE(1),
  /** One unit's records are replaced by any others; the number of units is public. */
  REPLACE_ONE(2);

  private final int sensitivityFactor;

  NeighboringRelation(int sensitivityFactor) {
    this.sensitivityFactor = sensitivityFactor;
  }

  /** The l2 sensitivity of a sum of vectors of norm at most C, divided by C. */
  public int sensitivityFactor() {
    return sensitivityFactor;
  }
}
