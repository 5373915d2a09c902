package org.quietune.model;

import java.util.stream.IntStream;

/**
 * Einstein's sum of one or two values, as a product of matrices: a letter names an axis; what two
 * values share and the result lacks is summed over.
 */
final class Einsum {
  /** A value and the letters of its axes. */
  private record Term(Value value, String letters) {
    int extent(char letter) {
      return value.shape().dim(letters.indexOf(letter));
    }

    boolean countsRecords(char letter) {
      int axis = letters.indexOf(letter);
      return axis >= 0 && axis == value.shape().batchAxis();
    }
  }

  private final ProgramBuilder to;

  private Einsum(ProgramBuilder to) {
    this.to = to;
  }

  static Value lower(OnnxNode node, ProgramBuilder to) {
    String equation = node.text("equation", "").replace(" ", "");
    String[] sides = equation.split("->", -1);
    String[] terms = sides[0].split(",", -1);
    if (sides.length != 2 || terms.length != node.inputs() || terms.length > 2) {
      throw unsupported(equation);
    }
    Einsum einsum = new Einsum(to);
    Term first = einsum.term(node.input(0), terms[0], equation);
    if (terms.length == 1) {
      return einsum.ordered(einsum.summed(first, sides[1]), sides[1]);
    }
    Term second = einsum.term(node.input(1), terms[1], equation);
    first = einsum.summed(first, second.letters() + sides[1]);
    second = einsum.summed(second, first.letters() + sides[1]);
    return einsum.product(first, second, sides[1]);
  }

  private Term term(Value value, String letters, String equation) {
    boolean distinct = letters.chars().distinct().count() == letters.length();
    boolean plain = letters.chars().allMatch(Character::isLetter);
    if (!distinct || !plain || letters.length() != value.shape().rank()) {
      throw unsupported(equation);
    }
    return new Term(value, letters);
  }

  private static IllegalArgumentException unsupported(String equation) {
    return new IllegalArgumentException(
        "equation '"
            + equation
            + "' is not supported: one or two values, a letter for each axis, and a result");
  }

  /** Sums over the axes whose letters are not wanted. */
  private Term summed(Term term, String wanted) {
    String letters = term.letters();
    int[] axes =
        IntStream.range(0, letters.length())
            .filter(axis -> wanted.indexOf(letters.charAt(axis)) < 0)
            .toArray();
    return axes.length == 0
        ? term
        : new Term(
            to.reduce(Reduction.Kind.SUM, term.value(), axes, false),
            common(letters, wanted, true));
  }

  /** A product over what both have, [kept, left, summed] times [kept, summed, right]. */
  private Value product(Term first, Term second, String result) {
    String shared = common(result, first.letters(), true);
    String kept = common(shared, second.letters(), true);
    String left = common(first.letters(), second.letters(), false);
    String right = common(second.letters(), first.letters(), false);
    if (anyCountsRecords(second, right)) {
      if (anyCountsRecords(first, left)) {
        throw new IllegalArgumentException("it would mix records");
      }
      return product(second, first, result); // rows may count records, columns may not
    }
    String summed = common(common(first.letters(), second.letters(), true), result, false);
    for (int i = 0; i < kept.length() + summed.length(); i++) {
      char letter = (kept + summed).charAt(i);
      if (first.extent(letter) != second.extent(letter)) {
        throw new IllegalArgumentException(
            "factors "
                + first.value().shape()
                + " and "
                + second.value().shape()
                + " differ in axis "
                + letter);
      }
    }
    Value rows = matrices(first, kept, left, summed);
    Value columns = matrices(second, kept, summed, right);
    Value product = to.product(rows, columns, false);
    String letters = kept + left + right;
    int[] dims = new int[letters.length()];
    int records = Shape.NO_BATCH;
    for (int axis = 0; axis < dims.length; axis++) {
      char letter = letters.charAt(axis);
      dims[axis] = (first.letters().indexOf(letter) < 0 ? second : first).extent(letter);
      if (first.countsRecords(letter) || second.countsRecords(letter)) {
        records = axis;
      }
    }
    return ordered(new Term(to.reshape(product, new Shape(dims, records)), letters), result);
  }

  private static boolean anyCountsRecords(Term term, String letters) {
    return letters.chars().anyMatch(letter -> term.countsRecords((char) letter));
  }

  /** A value as matrices: the axes of rows made one, and those of columns. */
  private Value matrices(Term term, String kept, String rows, String columns) {
    Value value = ordered(term, kept + rows + columns);
    Shape shape = value.shape();
    int front = kept.length();
    int middle = front + rows.length();
    int[] dims = new int[front + 2];
    System.arraycopy(shape.dims(), 0, dims, 0, front);
    dims[front] = shape.product(front, middle);
    dims[front + 1] = shape.product(middle, shape.rank());
    int records = shape.batchAxis();
    if (records >= front) {
      records = records < middle ? front : front + 1;
    }
    return to.reshape(value, new Shape(dims, records));
  }

  private Value ordered(Term term, String letters) {
    if (letters.length() != term.letters().length()
        || !common(letters, term.letters(), true).equals(letters)) {
      throw new IllegalArgumentException(
          "axes '" + term.letters() + "' cannot become '" + letters + "'");
    }
    return to.transpose(term.value(), letters.chars().map(term.letters()::indexOf).toArray());
  }

  /** The letters of one word that another has, or has not. */
  private static String common(String word, String other, boolean has) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      boolean found = other.indexOf(word.charAt(i)) >= 0;
      letters.append(found == has ? word.substring(i, i + 1) : "");
    }
    return letters.toString();
  }
}
