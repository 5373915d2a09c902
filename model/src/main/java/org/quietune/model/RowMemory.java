package org.quietune.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one thread needs to run one record at a time: the arrays of every value and adjoint.
 * Constants, θ and what is computed from them alone are shared and only read.
 *
 * <p>Every array is written before it is read, for each record anew, so nothing of an earlier
 * record can show.
 */
final class RowMemory {
  private static final double[] NOTHING = {};

  private final double[][] values;
  private final double[][] adjoints;
  private final int[] adjointOffsets;
  private final boolean[] touched;

  /** Storages of parameters. */
  private final boolean[] trained;

  private final @Nullable TensorSink[] sinks;
  private final Target[] targets;
  private final double[] factors;
  private final double[][] prepared;
  private final double[] scratch;
  private final double[] moreScratch;
  private final Kernels kernels = new Kernels();

  /** Whether results may stay incomplete until {@link #endBlock}. */
  private boolean inBlock;

  /**
   * Where the gradient of one parameter goes.
   *
   * @param offset of its result, from the start of a record's
   * @param atFactors of its first factor, where there are any
   * @param sink takes it in place of an array; null where it is kept as it is
   * @param byFactors whether the sink is given outer products; else it is given the whole matrix
   */
  record Target(int offset, int atFactors, @Nullable TensorSink sink, boolean byFactors) {}

  /**
   * @param program what will run
   * @param targets by parameter
   * @param factors what each coordinate of a result is multiplied by at last; or none. Sinks do so
   *     themselves
   * @param fixed the array of every constant, parameter and value computed from them, by storage;
   *     an empty array for a value that differs by record
   * @param prepared by number of the operation; an empty array where there is nothing
   */
  RowMemory(
      Program program,
      List<Target> targets,
      double[] factors,
      double[][] fixed,
      double[][] prepared) {
    this.prepared = prepared;
    this.factors = factors;
    this.targets = targets.toArray(new Target[0]);
    sinks = new TensorSink[program.storages()];
    trained = new boolean[program.storages()];
    program.parameters().forEach(parameter -> trained[parameter.value().storage()] = true);
    values = new double[program.storages()][];
    adjoints = new double[program.storages()][];
    adjointOffsets = new int[program.storages()];
    touched = new boolean[program.storages()];
    for (int i = 0; i < values.length; i++) {
      int size = program.storageSize(i);
      values[i] = fixed[i].length > 0 ? fixed[i] : new double[size];
      boolean own = program.storageTrained(i) && !trained[i];
      adjoints[i] = own ? new double[size] : NOTHING;
    }
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      int storage = program.parameters().get(i).value().storage();
      boolean whole = target.sink() != null && !target.byFactors();
      adjoints[storage] = whole ? new double[program.storageSize(storage)] : NOTHING;
      sinks[storage] = target.byFactors() ? target.sink() : null;
    }
    scratch = new double[program.scratch()];
    moreScratch = new double[program.scratch()];
  }

  /** Memory for one operation by itself, on constants. */
  RowMemory(Operation operation, double[][] values) {
    this.values = values;
    adjoints = new double[0][];
    adjointOffsets = new int[0];
    touched = new boolean[0];
    trained = touched;
    sinks = new TensorSink[0];
    targets = new Target[0];
    factors = NOTHING;
    prepared = new double[operation.number() + 1][0];
    scratch = new double[operation.scratch()];
    moreScratch = scratch;
  }

  double[] value(Value value) {
    return values[value.storage()];
  }

  /**
   * The array that holds a value's adjoint, from {@link #adjointOffset} on: the sum of what has
   * been added since the backward pass began.
   */
  double[] adjoint(Value value) {
    int i = value.storage();
    double[] adjoint = adjoints[i];
    if (!touched[i]) {
      touched[i] = true;
      Arrays.fill(adjoint, adjointOffsets[i], adjointOffsets[i] + value.size(), 0);
    }
    return adjoint;
  }

  /**
   * Whether nothing has been added to a value's adjoint; if so, the caller must write each entry
   * instead of adding to it.
   */
  boolean claim(Value value) {
    boolean first = !touched[value.storage()];
    touched[value.storage()] = true;
    return first;
  }

  int adjointOffset(Value value) {
    return adjointOffsets[value.storage()];
  }

  /** What takes a value's gradient as outer products; null when its adjoint does. */
  @Nullable TensorSink sink(Value value) {
    return sinks[value.storage()];
  }

  /** What {@link Operation#prepare} gave; empty when nothing. */
  double[] prepared(Operation operation) {
    return prepared[operation.number()];
  }

  /** Loops over arrays, with working memory of their own. */
  Kernels kernels() {
    return kernels;
  }

  /** Working memory of the operation that is running. */
  double[] scratch() {
    return scratch;
  }

  /** A second piece of working memory. */
  double[] moreScratch() {
    return moreScratch;
  }

  /**
   * Starts a backward pass: every adjoint is 0, those of the parameters lie in the caller's array,
   * as far as no sink takes them.
   *
   * @param views passes until {@link #endBackward}, this one included
   */
  void startBackward(Program program, double[] out, int offset, int views) {
    Arrays.fill(touched, false);
    for (int i = 0; i < targets.length; i++) {
      Target target = targets[i];
      if (target.sink() != null) {
        target.sink().start(out, offset + target.offset(), views);
      } else {
        int storage = program.parameters().get(i).value().storage();
        adjoints[storage] = out;
        adjointOffsets[storage] = offset + target.offset();
      }
    }
  }

  /** Starts another view's pass: it adds to the parameters' adjoints, all others are 0 again. */
  void continueBackward() {
    for (int i = 0; i < touched.length; i++) {
      touched[i] &= trained[i];
    }
  }

  /** Completes the caller's array and lets go of it. */
  void endBackward(Program program) {
    for (int i = 0; i < targets.length; i++) {
      Target target = targets[i];
      Value parameter = program.parameters().get(i).value();
      if (target.sink() == null) {
        double[] out = adjoint(parameter);
        if (factors.length > 0) {
          int at = adjointOffset(parameter);
          kernels.scale(out, at, factors, target.atFactors(), parameter.size());
        }
        adjoints[parameter.storage()] = NOTHING;
      } else if (!target.byFactors()) {
        target.sink().addWhole(adjoint(parameter), 0);
      }
    }
    if (!inBlock) {
      completeSinks();
    }
  }

  /** From now on results may stay incomplete until the block ends. */
  void startBlock() {
    if (inBlock) {
      throw new IllegalStateException("a block is open");
    }
    inBlock = true;
  }

  /** Completes all results since {@link #startBlock}. */
  void endBlock() {
    inBlock = false;
    completeSinks();
  }

  private void completeSinks() {
    for (Target target : targets) {
      if (target.sink() != null) {
        target.sink().endBlock();
      }
    }
  }
}
