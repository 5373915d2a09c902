package org.quietune.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The differentiable form of a {@link ModelFile} in plain Java, one record at a time: logits and
 * the exact gradient of the loss.
 *
 * <p>Definition: θ, the logits and the loss are those of {@link Network}. Use {@code Network}
 * (libtorch, float32, batches) for public data, this class for private data. Here arithmetic is in
 * double, θ is not rounded, and inputs are widened from float; both agree to float32's precision,
 * unless an intermediate value leaves float32's range.
 *
 * <p>Guarantee: a record's results are a function of θ, the file, the record's features and its
 * label, to the last bit. No other record, neither its number, place or presence, nor the thread,
 * the number of calls before or the state of just-in-time compilation can change them. Why: each
 * call handles one record, by a sequence of operations that the file fixes; every value is written
 * before it is read, and every sum has one order. Since Java 17 each such operation is one strict
 * IEEE 754 operation, rounded to nearest (JLS §15.4, §4.2.4); a compiler may not contract or
 * reorder them, and may use vector instructions only where the bits stay the same. exp and log come
 * from {@link StrictMath}, which fixes their bits by fdlibm, erf from the same source, tanh from
 * {@link StrictTanh}. One exception: which of the bit patterns of NaN a NaN has is left open by the
 * platform (JLS §4.2.3); compare NaN as one value, by {@link Double#isNaN}.
 *
 * <p>Assumption: native code in the process leaves the processor's floating-point mode (rounding,
 * subnormals) as Java needs it. Libraries built for fast math may not; the tests check it with
 * libtorch loaded.
 *
 * <p>Edge cases: non-finite inputs never throw; without clamping in the file they may give NaN. A
 * label that is no class index gives a NaN gradient for what the loss reaches, as in {@code
 * Network}. At a tie, Max and Min share the gradient; Relu's at 0 is 0.
 *
 * <p>Supported operators: those of {@code Network}; an unknown one is named when the network is
 * made.
 *
 * <p>Threads: a network and its passes are immutable; a {@link Workspace} belongs to one thread.
 * The time of a call may depend on the values.
 */
public final class RowwiseNetwork {
  private final Parameters parameters;
  private final Program program;
  private final Operation[] derived;
  private final Operation[] operations;
  private final Operation[] differentiable;
  private final LossFunction loss;

  private RowwiseNetwork(ModelFile file, Loss loss) {
    parameters = file.trainable();
    program = GraphCompiler.compile(file.graph(), parameters);
    derived = program.derived().toArray(new Operation[0]);
    operations = program.perRecord().toArray(new Operation[0]);
    differentiable = program.differentiable().toArray(new Operation[0]);
    this.loss = loss.on(file, outputs());
  }

  /**
   * The row-by-row form of a file, with the loss that it was read with.
   *
   * @throws InvalidModelException when an operator is not supported (naming it and its node),
   *     nothing is trainable, or the output is neither one logit nor one per class
   */
  public static RowwiseNetwork of(ModelFile file) {
    return of(file, file.loss());
  }

  /**
   * The row-by-row form of a file with another loss.
   *
   * @throws InvalidModelException also when the loss does not fit the outputs
   */
  public static RowwiseNetwork of(ModelFile file, Loss loss) {
    return new RowwiseNetwork(file, loss);
  }

  /** Length of θ, d. */
  public int parameterCount() {
    return parameters.count();
  }

  /** The trainable tensors, in θ's order. */
  public List<ParameterInfo> parameters() {
    return parameters.list();
  }

  /** Number of input columns. */
  public int inputWidth() {
    return program.inputWidth();
  }

  /** Number of logits: 1 for two classes with one output, else K. */
  public int outputs() {
    return program.output().size();
  }

  /** Number of classes, K. */
  public int classes() {
    return Math.max(2, outputs());
  }

  /**
   * This network at one θ, which is copied.
   *
   * @param theta public parameters, in the order of {@link #parameters()}
   * @throws IllegalArgumentException when θ has another length
   */
  public Pass pass(double[] theta) {
    return pass(theta, GradientReduction.whole(parameters.count()));
  }

  /**
   * This network at one θ, with gradients reduced inside the backward pass: where {@code gradient}
   * of a workspace says d values, it writes the reduction's. A record's result still depends on
   * that record alone, to the last bit.
   *
   * @throws IllegalArgumentException when θ or the reduction has another shape
   */
  public Pass pass(double[] theta, GradientReduction reduction) {
    reduction.requireFits(parameters.list(), parameters.count());
    if (theta.length != parameters.count()) {
      throw new IllegalArgumentException(
          "theta must hold " + parameters.count() + " values, held " + theta.length);
    }
    return new Pass(theta, reduction);
  }

  /** Whether a parameter's gradient comes as outer products of its matrix's rows and columns. */
  private boolean byFactors(int parameter, Set<Value> factored) {
    Program.Parameter trained = program.parameters().get(parameter);
    return trained.info().shape().size() > 1
        && factored.contains(trained.value())
        && trained.info().shape().get(0) == trained.info().matrixRows();
  }

  /** A network at one θ. Immutable; may be shared by threads. */
  public final class Pass {
    private final double[][] fixed = new double[program.storages()][0];
    private final double[][] prepared = new double[program.operations()][0];

    private final GradientReduction reduction;

    private Pass(double[] theta, GradientReduction reduction) {
      this.reduction = reduction;
      for (Value constant : program.constants()) {
        fixed[constant.storage()] = constant.fixedEntries();
      }
      for (Program.Parameter parameter : program.parameters()) {
        int from = parameter.info().offset();
        fixed[parameter.value().storage()] =
            Arrays.copyOfRange(theta, from, from + parameter.info().size());
      }
      // What depends on θ alone is computed once, by the same code as what is computed per record.
      RowMemory memory = new RowMemory(program, List.of(), new double[0], fixed, prepared);
      for (Operation operation : derived) {
        prepare(operation, memory);
        operation.forward(memory);
        fixed[operation.output().storage()] = memory.value(operation.output());
      }
      for (Operation operation : operations) {
        prepare(operation, memory);
      }
    }

    private void prepare(Operation operation, RowMemory memory) {
      double[] result = operation.prepare(memory);
      if (result != null) {
        prepared[operation.number()] = result;
      }
    }

    /** Values of a gradient: d, or what the reduction leaves of it. */
    public int gradientLength() {
      return reduction.dimension();
    }

    /** Memory for one thread; a few values per unit of the network. */
    public Workspace workspace() {
      List<RowMemory.Target> targets = new ArrayList<>();
      List<GradientReduction.Part> parts = reduction.partsOf(parameters.list());
      Set<Value> factored = program.factored();
      int offset = 0;
      for (int i = 0; i < parts.size(); i++) {
        GradientReduction.Part part = parts.get(i);
        TensorSink sink =
            part instanceof GradientReduction.Kronecker kronecker
                ? new KroneckerSink(kronecker, reduction.factors(), offset)
                : null;
        boolean shown = sink != null && byFactors(i, factored);
        targets.add(new RowMemory.Target(offset, offset, sink, shown));
        offset += part.dimension();
      }
      return workspace(targets, reduction.factors(), offset);
    }

    /** Gradients of a block of records that are written piece by piece; for one thread. */
    public GradientPieces pieces() {
      List<RowMemory.Target> targets = new ArrayList<>();
      List<GradientReduction.Part> parts = reduction.partsOf(parameters.list());
      Set<Value> factored = program.factored();
      List<PieceSource> sources = new ArrayList<>();
      int inRow = 0;
      int offset = 0;
      for (int i = 0; i < parts.size(); i++) {
        GradientReduction.Part part = parts.get(i);
        if (part instanceof GradientReduction.Kronecker kronecker) {
          KeptSink sink = new KeptSink(kronecker, reduction.factors(), offset);
          sources.add(sink);
          targets.add(new RowMemory.Target(0, offset, sink, byFactors(i, factored)));
        } else {
          sources.add(new PieceSource.InRow(inRow, part.dimension()));
          targets.add(new RowMemory.Target(inRow, offset, null, false));
          inRow += part.dimension();
        }
        offset += part.dimension();
      }
      return new GradientPieces(workspace(targets, reduction.factors(), inRow), sources, inRow);
    }

    /**
     * Memory for one thread whose backward passes show a visitor what gradients are made of, and
     * write nothing for tensors that it is shown. Those that have no factors are kept as they are.
     */
    public Workspace workspace(LayerFactors visitor) {
      List<RowMemory.Target> targets = new ArrayList<>();
      Set<Value> factored = program.factoredWeights();
      for (int i = 0; i < parameters.list().size(); i++) {
        ParameterInfo info = parameters.list().get(i);
        boolean shown = byFactors(i, factored);
        TensorSink sink = shown ? new FactorSink(visitor, i, info.matrixRows()) : null;
        targets.add(new RowMemory.Target(info.offset(), 0, sink, shown));
      }
      return workspace(targets, new double[0], parameters.count());
    }

    private Workspace workspace(List<RowMemory.Target> targets, double[] factors, int length) {
      return new Workspace(new RowMemory(program, targets, factors, fixed, prepared), length);
    }
  }

  /**
   * Runs one record at a time at one θ. For one thread at a time; allocates nothing per record once
   * it has run a block of the same size. What it ran before never shows in a result.
   *
   * <p>Every method throws IndexOutOfBoundsException, before it writes, when a range leaves its
   * array.
   */
  public final class Workspace {
    private final RowMemory memory;
    private final int gradientLength;
    private final double[] residual = new double[outputs()];

    private Workspace(RowMemory memory, int gradientLength) {
      this.memory = memory;
      this.gradientLength = gradientLength;
    }

    /**
     * Writes the logits of one record.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param out receives {@link #outputs} values
     * @param outOffset where to write the first
     */
    public void logits(float[] features, int offset, double[] out, int outOffset) {
      Objects.checkFromIndexSize(offset, inputWidth(), features.length);
      Objects.checkFromIndexSize(outOffset, outputs(), out.length);
      forward(features, offset);
      System.arraycopy(memory.value(program.output()), 0, out, outOffset, outputs());
    }

    /**
     * The loss of one record; not finite where the label or the logits are not.
     *
     * @param features holds the record's {@link #inputWidth} raw columns
     * @param label the class index
     */
    public double loss(float[] features, double label) {
      Objects.checkFromIndexSize(0, inputWidth(), features.length);
      forward(features, 0);
      return loss.loss(memory.value(program.output()), 0, label);
    }

    /**
     * Writes the gradient of one record's loss.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param label the class index
     * @param out receives {@link Pass#gradientLength} values; each is overwritten
     * @param outOffset where to write the first
     */
    public void gradient(float[] features, int offset, double label, double[] out, int outOffset) {
      Objects.checkFromIndexSize(offset, inputWidth(), features.length);
      Objects.checkFromIndexSize(outOffset, gradientLength, out.length);
      forward(features, offset);
      backward(label, out, outOffset);
    }

    /**
     * Writes the gradient of one record's loss, and its logits, at the cost of the gradient alone.
     *
     * @param features holds the record's {@link #inputWidth} raw columns from {@code offset} on
     * @param offset index of the first column
     * @param label the class index
     * @param out receives {@link Pass#gradientLength} values; each is overwritten
     * @param outOffset where to write the first
     * @param logitsOut receives {@link #outputs} values; another array than {@code out}
     * @param logitsOffset where to write the first
     */
    public void gradient(
        float[] features,
        int offset,
        double label,
        double[] out,
        int outOffset,
        double[] logitsOut,
        int logitsOffset) {
      Objects.checkFromIndexSize(outOffset, gradientLength, out.length);
      logits(features, offset, logitsOut, logitsOffset);
      backward(label, out, outOffset);
    }

    /**
     * Writes the gradient of one record's mean loss over several views of it, as over changed
     * copies of an image. A reduction is applied once to their sum where that takes fewer
     * operations than once to each.
     *
     * @param views each holds {@link #inputWidth} raw columns; their number and order fix the bits
     * @param label the class index of them all
     * @param out receives {@link Pass#gradientLength} values; each is overwritten
     * @param outOffset where to write the first
     * @throws IllegalArgumentException when there is no view
     */
    public void meanGradient(List<float[]> views, double label, double[] out, int outOffset) {
      if (views.isEmpty()) {
        throw new IllegalArgumentException("a mean needs at least one view");
      }
      views.forEach(features -> Objects.checkFromIndexSize(0, inputWidth(), features.length));
      Objects.checkFromIndexSize(outOffset, gradientLength, out.length);
      double weight = 1.0 / views.size();
      for (int i = 0; i < views.size(); i++) {
        forward(views.get(i), 0);
        loss.gradient(memory.value(program.output()), 0, label, weight, residual);
        if (i == 0) {
          memory.startBackward(program, out, outOffset, views.size());
        } else {
          memory.continueBackward();
        }
        backpropagate();
      }
      memory.endBackward(program);
    }

    /**
     * Runs several records' gradients as one block, which is faster where a reduction has wide
     * bases: they are read from memory once per block. The gradients that {@code work} asks for, of
     * this workspace, are complete when this method returns, not before; until then their arrays
     * must be left alone. Each has the same bits as by itself: a block changes when sums are
     * formed, never their terms or order. Memory grows with the block's length by the factors of
     * its records.
     *
     * @throws IllegalStateException when called within {@code work}
     */
    public void inBlock(Runnable work) {
      memory.startBlock();
      try {
        work.run();
      } finally {
        memory.endBlock();
      }
    }

    /**
     * Writes the gradient of {@code Σ_c seed_c z_c}, z the logits that were computed last. For
     * Jacobians on public records.
     *
     * @param seed one number per logit
     * @param out receives {@link Pass#gradientLength} values; each is overwritten
     * @param outOffset where to write the first
     */
    public void backward(double[] seed, double[] out, int outOffset) {
      if (seed.length != residual.length) {
        throw new IllegalArgumentException("seed must hold " + residual.length + " values");
      }
      Objects.checkFromIndexSize(outOffset, gradientLength, out.length);
      System.arraycopy(seed, 0, residual, 0, residual.length);
      propagate(out, outOffset);
    }

    private void forward(float[] features, int offset) {
      for (int i = 0; i < program.inputs().size(); i++) {
        Program.Input input = program.inputs().get(i);
        double[] x = memory.value(input.value());
        int at = offset + input.offset();
        for (int j = 0; j < x.length; j++) {
          x[j] = features[at + j];
        }
      }
      for (Operation operation : operations) {
        operation.forward(memory);
      }
    }

    private void backward(double label, double[] out, int outOffset) {
      loss.gradient(memory.value(program.output()), 0, label, 1, residual);
      propagate(out, outOffset);
    }

    private void propagate(double[] out, int outOffset) {
      memory.startBackward(program, out, outOffset, 1);
      backpropagate();
      memory.endBackward(program);
    }

    private void backpropagate() {
      System.arraycopy(residual, 0, memory.adjoint(program.output()), 0, residual.length);
      for (int i = differentiable.length - 1; i >= 0; i--) {
        differentiable[i].backward(memory);
      }
    }
  }
}
