package org.quietune.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;

/** ONNX Runtime's one environment per process. */
final class OnnxRuntime {
  private static final long STACK_BYTES = 64L << 20;

  private OnnxRuntime() {}

  /** The environment, made at the first call. */
  static OrtEnvironment environment() {
    return Started.ENVIRONMENT;
  }

  /** What went wrong, in one line. */
  static String firstLine(OrtException e) {
    String message = e.getMessage();
    return message == null ? "unknown error" : message.lines().findFirst().orElse("unknown error");
  }

  private static final class Started {
    static final OrtEnvironment ENVIRONMENT = start();
  }

  /**
   * Starting runs a recursive matcher over the process's command line: with a class path of a few
   * kilobytes that overflows a Java thread's stack and kills the process. A thread with a large
   * stack of its own does not mind (measured with 1.29.0: 1 MB fails, 8 MB works).
   *
   * <p>Outside {@link Started}, whose initializer waits for this thread: code of a class that is
   * being initialized would wait for it in turn.
   */
  private static OrtEnvironment start() {
    OrtEnvironment[] environment = new OrtEnvironment[1];
    Thread starter =
        new Thread(
            null,
            () ->
                environment[0] =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL),
            "quietune-onnxruntime-start",
            STACK_BYTES);
    starter.start();
    boolean interrupted = false;
    while (starter.isAlive()) {
      try {
        starter.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (environment[0] == null) {
      throw new IllegalStateException("ONNX Runtime could not be started");
    }
    return environment[0];
  }
}
