package org.quietune.model.twin;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Shows library types to callers, on purpose: ArchitectureTest has to report every member. */
public abstract class LeaksLibraries {
  public final Optional<Connection> field = Optional.empty();

  protected LeaksLibraries(Tensor constructorParameter) {}

  public abstract List<Tensor> genericReturn();

  protected abstract void parameter(ModelProto model);

  public abstract void exception() throws OrtException;
}
