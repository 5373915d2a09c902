package org.quietune.tuning.twin;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtEnvironment;
import com.google.protobuf.ByteString;
import java.sql.Connection;
import org.bytedeco.pytorch.Tensor;
import org.duckdb.DuckDBConnection;
import org.sqlite.SQLiteConnection;
import picocli.CommandLine;

/** Uses every library away from its home, on purpose: ArchitectureTest has to report each. */
public record TouchesLibraries(
    Tensor bytedeco,
    DuckDBConnection duckdb,
    ModelProto onnx,
    ByteString protobuf,
    OrtEnvironment onnxruntime,
    SQLiteConnection sqlite,
    Connection jdbc,
    CommandLine picocli) {}
