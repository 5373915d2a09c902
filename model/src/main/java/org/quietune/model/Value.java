package org.quietune.model;

import org.jspecify.annotations.Nullable;

/**
 * A value of a {@link Program}: what it depends on, its shape for one record, and its entries when
 * they are known beforehand.
 *
 * <p>A value that depends on neither the record nor θ is a constant. The entries of an integer
 * constant may grow with the number of records N, as those of a shape do: entry i is constant[i] +
 * slope[i] · (N − 1).
 */
final class Value {
  /** What the entries mean. All are held as doubles: integers exactly, truth values as 0 and 1. */
  enum Type {
    FLOAT,
    INT,
    BOOL
  }

  private final Type type;
  private final Shape shape;
  private final int storage;
  private final boolean perRecord;
  private final boolean dependsOnTheta;
  private final boolean trained;
  private final double @Nullable [] constant;
  private final double @Nullable [] slope;

  private Value(
      Type type,
      Shape shape,
      int storage,
      boolean perRecord,
      boolean dependsOnTheta,
      boolean trained,
      double @Nullable [] constant,
      double @Nullable [] slope) {
    this.type = type;
    this.shape = shape;
    this.storage = storage;
    this.perRecord = perRecord;
    this.dependsOnTheta = dependsOnTheta;
    this.trained = trained;
    this.constant = constant;
    this.slope = slope;
  }

  /** An input of the file: differs by record. */
  static Value input(Type type, Shape shape, int storage) {
    return new Value(type, shape, storage, true, false, false, null, null);
  }

  /** A trainable tensor. */
  static Value parameter(Shape shape, int storage) {
    return new Value(Type.FLOAT, shape, storage, false, true, true, null, null);
  }

  /** What an operation computes from other values. */
  static Value computed(Type type, Shape shape, int storage, Value... from) {
    boolean perRecord = false;
    boolean dependsOnTheta = false;
    boolean trained = false;
    for (Value value : from) {
      perRecord |= value.perRecord;
      dependsOnTheta |= value.dependsOnTheta;
      trained |= value.trained;
    }
    return new Value(
        type, shape, storage, perRecord, dependsOnTheta, trained && type == Type.FLOAT, null, null);
  }

  static Value constant(Type type, Shape shape, int storage, double[] entries) {
    return new Value(type, shape, storage, false, false, false, entries, null);
  }

  /** Integers that grow with the number of records. */
  static Value counting(Shape shape, int storage, double[] entries, double @Nullable [] slope) {
    return new Value(Type.INT, shape, storage, false, false, false, entries, slope);
  }

  Type type() {
    return type;
  }

  Shape shape() {
    return shape;
  }

  int size() {
    return shape.size();
  }

  /** Index of its arrays in a {@link RowMemory}; a reshaped value shares its source's. */
  int storage() {
    return storage;
  }

  /** Whether it differs from record to record. */
  boolean perRecord() {
    return perRecord;
  }

  /** Whether it changes with θ. */
  boolean dependsOnTheta() {
    return dependsOnTheta;
  }

  /**
   * Whether a gradient flows through it to θ, so that it has an adjoint: it then is of
   * floating-point type.
   */
  boolean trained() {
    return trained;
  }

  boolean isConstant() {
    return constant != null;
  }

  /** The entries of a constant. */
  double[] entries() {
    if (constant == null) {
      throw new IllegalArgumentException("it must not depend on the record or on what is trained");
    }
    return constant;
  }

  /** How the entries of a constant grow with the number of records; null when they do not. */
  double @Nullable [] slope() {
    return slope;
  }

  /** The entries of a constant that must be the same for every number of records. */
  double[] fixedEntries() {
    double[] entries = entries();
    if (slope != null) {
      throw new IllegalArgumentException("it must not depend on the number of records");
    }
    return entries;
  }
}
