package org.quietune.model;

import ai.onnx.proto.OnnxMl.AttributeProto;

/** Attributes of the nodes that are written. */
final class Attributes {
  private Attributes() {}

  /** A whole number. */
  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }
}
