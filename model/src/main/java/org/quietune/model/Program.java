package org.quietune.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * What a graph computes, as primitives in an order in which they can run: the one form that both
 * engines read. Shapes are those of one record; everything that depends on neither the record nor θ
 * has been computed.
 *
 * <p>Immutable once built.
 */
final class Program {
  /** An input of the file and where its entries lie in a record. */
  record Input(String name, Value value, int offset) {}

  /** A trainable tensor. */
  record Parameter(ParameterInfo info, Value value) {}

  private final List<Input> inputs;
  private final List<Parameter> parameters;
  private final List<Operation> operations;
  private final List<Value> constants;
  private final Value output;
  private final int[] storageSizes;
  private final boolean[] storageTrained;

  /**
   * @param sizes entries of each storage
   * @param trained whether a storage has an adjoint
   */
  Program(
      List<Input> inputs,
      List<Parameter> parameters,
      List<Operation> operations,
      List<Value> constants,
      Value output,
      int[] sizes,
      boolean[] trained) {
    this.inputs = List.copyOf(inputs);
    this.parameters = List.copyOf(parameters);
    this.operations = List.copyOf(operations);
    this.constants = List.copyOf(constants);
    this.output = output;
    this.storageSizes = sizes;
    this.storageTrained = trained;
    for (int i = 0; i < this.operations.size(); i++) {
      this.operations.get(i).number(i);
    }
  }

  List<Input> inputs() {
    return inputs;
  }

  /** Entries of a record: those of all inputs, one after the other. */
  int inputWidth() {
    return inputs.stream().mapToInt(input -> input.value().size()).sum();
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /**
   * The weights of linear layers: matrices that are read only as right factor of a record's value,
   * so that a record's gradient is a product of what the layer reads and the adjoint of what it
   * gives.
   */
  Set<Value> linearWeights() {
    return usedOnly(
        (operation, input) -> operation instanceof MatrixProduct && operation.hasFactors(input));
  }

  /** The parameters whose gradient every use can give as outer products. */
  Set<Value> factored() {
    return usedOnly(Operation::hasFactors);
  }

  /** The same without tables, whose outer products have unit vectors as factors. */
  Set<Value> factoredWeights() {
    return usedOnly(
        (operation, input) -> !(operation instanceof Lookup) && operation.hasFactors(input));
  }

  private Set<Value> usedOnly(BiPredicate<Operation, Integer> use) {
    Set<Value> values = new HashSet<>();
    parameters.forEach(parameter -> values.add(parameter.value()));
    for (Operation operation : operations) {
      for (int i = 0; i < operation.inputs().size(); i++) {
        if (!use.test(operation, i)) {
          values.remove(operation.input(i));
        }
      }
    }
    return values;
  }

  /** Constants that an operation reads. */
  List<Value> constants() {
    return constants;
  }

  Value output() {
    return output;
  }

  int operations() {
    return operations.size();
  }

  /** What depends on the record but not on θ. */
  List<Operation> frozen() {
    return select(true, false);
  }

  /** What depends on θ but not on the record. */
  List<Operation> derived() {
    return select(false, true);
  }

  /** What depends on both. */
  List<Operation> trained() {
    return select(true, true);
  }

  /** Everything that must be computed for each record. */
  List<Operation> perRecord() {
    return operations.stream().filter(operation -> operation.output().perRecord()).toList();
  }

  /** Everything that has a part in a gradient. */
  List<Operation> differentiable() {
    return operations.stream().filter(operation -> operation.output().trained()).toList();
  }

  private List<Operation> select(boolean perRecord, boolean dependsOnTheta) {
    List<Operation> selected = new ArrayList<>();
    for (Operation operation : operations) {
      Value value = operation.output();
      if (value.perRecord() == perRecord && value.dependsOnTheta() == dependsOnTheta) {
        selected.add(operation);
      }
    }
    return List.copyOf(selected);
  }

  int storages() {
    return storageSizes.length;
  }

  int storageSize(int storage) {
    return storageSizes[storage];
  }

  boolean storageTrained(int storage) {
    return storageTrained[storage];
  }

  /** The largest piece of working memory that an operation needs. */
  int scratch() {
    return operations.stream().mapToInt(Operation::scratch).max().orElse(0);
  }
}
