package org.quietune.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** Loads the native libraries once per process, in the order that works from a cold start. */
final class Libtorch {
  private Libtorch() {}

  /**
   * Makes sure that libtorch is loaded. One thread per calling thread until {@link #setThreads}
   * says otherwise.
   */
  static void ensureLoaded() {
    Loaded.touch();
  }

  /** Threads that one operation may use. */
  static void setThreads(int threads) {
    ensureLoaded();
    torch.set_num_threads(threads);
    openblas.blas_set_num_threads(threads);
  }

  /**
   * Where the jar of this platform's native libraries keeps them.
   *
   * @throws IllegalStateException when the class path has none for that platform; pytorch's Java
   *     artifacts resolve without complaint where no native jar was ever published, linux-arm64 for
   *     one
   */
  static String requireNatives(String platform) {
    String folder = "/org/bytedeco/pytorch/" + platform;
    if (torch.class.getResource(folder + "/") == null) {
      throw new IllegalStateException(
          "libtorch has no native library for "
              + platform
              + " on the class path (published are linux-x86_64, macosx-arm64 and windows-x86_64)");
    }
    return folder;
  }

  private static final class Loaded {
    static {
      String folder = requireNatives(Loader.getPlatform());
      try {
        // All of them before any is loaded: JavaCPP would load libtorch.so before libtorch_cpu.so
        // is unpacked, and the
        // system's linker then takes another libtorch_cpu.so, where there is one, and the process
        // dies.
        Loader.cacheResource(torch.class, folder);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot unpack libtorch (org.bytedeco.javacpp.cachedir)", e);
      }
      Loader.load(torch.class);
      torch.set_num_threads(1);
      openblas.blas_set_num_threads(1);
      // Where it does not know the processor, it would say so on stderr at every convolution.
      torch.globalContext().setUserEnabledNNPACK(false);
    }

    static void touch() {}
  }
}
