package org.quietune.data;

import java.util.BitSet;

/**
 * What labels may be: one of the classes 0 to {@code count}−1, or any finite number.
 *
 * @param count number of classes, at least 2; 0 where labels are numbers
 */
public record LabelDomain(int count) {
  /** Any class number: for public tables, whose number of classes is found after reading. */
  static final LabelDomain ANY_CLASS = new LabelDomain(Integer.MAX_VALUE);

  public LabelDomain {
    if (count < 2 && count != 0) {
      throw new IllegalArgumentException("count must be at least 2, was " + count);
    }
  }

  /** Any finite number, for regression. */
  public static LabelDomain numbers() {
    return new LabelDomain(0);
  }

  /** The classes 0 to {@code count}−1, at least 2. */
  public static LabelDomain classes(int count) {
    if (count < 2) {
      throw new IllegalArgumentException("count must be at least 2, was " + count);
    }
    return new LabelDomain(count);
  }

  /**
   * The classes that a public table shows.
   *
   * @throws InvalidDataException unless the labels are integers 0 to K−1 with K ≥ 2 and every class
   *     has a row
   */
  public static LabelDomain inferredFrom(PublicTable table) {
    double[] labels = new double[table.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = table.row(i).label();
    }
    return infer(labels, table.name());
  }

  /**
   * The classes that public labels show. Never for private labels: the answer is a statistic.
   *
   * @throws InvalidDataException unless the labels are integers 0 to K−1 with K ≥ 2 and every class
   *     occurs
   */
  public static LabelDomain infer(double[] publicLabels) {
    return infer(publicLabels, "labels");
  }

  private static LabelDomain infer(double[] labels, String name) {
    BitSet present = new BitSet();
    int largest = -1;
    for (int i = 0; i < labels.length; i++) {
      if (!ANY_CLASS.contains(labels[i])) {
        throw new InvalidDataException(
            name
                + ": label "
                + labels[i]
                + " of row "
                + (i + 1)
                + " is not "
                + ANY_CLASS.members());
      }
      int label = (int) labels[i];
      largest = Math.max(largest, label);
      // A class beyond the number of rows proves a gap below it, so its bit is never needed.
      if (label < labels.length) {
        present.set(label);
      }
    }
    int absent = present.nextClearBit(0);
    if (absent <= largest) {
      throw new InvalidDataException(
          name + ": no row has label " + absent + ", though the largest label is " + largest);
    }
    if (largest < 1) {
      throw new InvalidDataException(
          name + ": the labels show fewer than two classes, so there is nothing to learn");
    }
    return new LabelDomain(largest + 1);
  }

  /** Whether a label is one of these; false for NaN. */
  public boolean contains(double label) {
    if (count == 0) {
      return Double.isFinite(label);
    }
    return label >= 0 && label < count && label == Math.rint(label);
  }

  /** The labels for people: {@code "a class 0 to 9"}. */
  String members() {
    if (count == 0) {
      return "a finite number";
    }
    return equals(ANY_CLASS) ? "a class 0, 1, 2, …" : "a class 0 to " + (count - 1);
  }
}
