package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One node of an ONNX graph while it is translated: its attributes and the values it reads.
 *
 * @param proto the node
 * @param opset version of the operator set
 * @param values what has been computed so far, by name
 */
record OnnxNode(NodeProto proto, long opset, Map<String, Value> values) {
  String type() {
    return proto.getOpType();
  }

  int inputs() {
    return proto.getInputCount();
  }

  int outputs() {
    return proto.getOutputCount();
  }

  /** Whether an optional input is given. */
  boolean has(int index) {
    return index < proto.getInputCount() && !proto.getInput(index).isEmpty();
  }

  Value input(int index) {
    Value value = has(index) ? values.get(proto.getInput(index)) : null;
    if (value == null) {
      throw new IllegalArgumentException("input " + index + " is missing");
    }
    return value;
  }

  List<Value> allInputs() {
    List<Value> all = new ArrayList<>();
    for (int i = 0; i < inputs(); i++) {
      all.add(input(i));
    }
    return all;
  }

  /** The integers of an input that must be known beforehand. */
  int[] constantIntegers(int index) {
    return integers(input(index).fixedEntries());
  }

  boolean has(String attribute) {
    return find(attribute) != null;
  }

  long integer(String attribute, long otherwise) {
    AttributeProto found = find(attribute);
    return found == null ? otherwise : found.getI();
  }

  boolean flag(String attribute, boolean otherwise) {
    return integer(attribute, otherwise ? 1 : 0) != 0;
  }

  double number(String attribute, double otherwise) {
    AttributeProto found = find(attribute);
    return found == null ? otherwise : found.getF();
  }

  String text(String attribute, String otherwise) {
    AttributeProto found = find(attribute);
    return found == null ? otherwise : found.getS().toStringUtf8();
  }

  List<String> texts(String attribute) {
    AttributeProto found = find(attribute);
    return found == null
        ? List.of()
        : found.getStringsList().stream().map(text -> text.toStringUtf8()).toList();
  }

  int @Nullable [] integers(String attribute) {
    AttributeProto found = find(attribute);
    return found == null
        ? null
        : integers(found.getIntsList().stream().mapToDouble(Long::doubleValue).toArray());
  }

  int[] integers(String attribute, int[] otherwise) {
    int[] found = integers(attribute);
    return found == null ? otherwise : found;
  }

  @Nullable AttributeProto find(String attribute) {
    for (AttributeProto candidate : proto.getAttributeList()) {
      if (candidate.getName().equals(attribute)) {
        return candidate;
      }
    }
    return null;
  }

  /** Integers held as doubles; those out of range stand for "to the end" and are clamped. */
  private static int[] integers(double[] entries) {
    int[] integers = new int[entries.length];
    for (int i = 0; i < entries.length; i++) {
      integers[i] = (int) entries[i];
    }
    return integers;
  }
}
