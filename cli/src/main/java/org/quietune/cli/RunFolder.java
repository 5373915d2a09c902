package org.quietune.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.quietune.data.InvalidDataException;
import org.quietune.release.DurableFile;
import org.quietune.release.FolderSumStore;
import org.quietune.release.NoisySum;
import org.quietune.release.Selection;
import org.quietune.release.Sha256;
import org.quietune.tuning.PrivateTuning;

/** The files of one run, in one folder. */
record RunFolder(Path path) {
  static final String RUN = "run.json";
  static final String BASE = "base.onnx";
  static final String MODEL = "model.onnx";
  static final String REPORT = "report.html";
  static final String CERTIFICATE = "certificate.json";
  static final String SIGNATURE = "certificate.sig";
  static final String SUMS = "sums";
  static final String PUBLIC = "public";

  private static final String LOCK = ".lock";

  /** All that a run ever writes. */
  static final List<String> NAMES =
      List.of(RUN, BASE, MODEL, REPORT, CERTIFICATE, SIGNATURE, SUMS, PUBLIC, LOCK);

  Path file(String name) {
    return path.resolve(name);
  }

  Path publicFolder() {
    return file(PUBLIC);
  }

  Path sums() {
    return file(SUMS);
  }

  boolean isFinished() {
    return Files.exists(file(CERTIFICATE));
  }

  /** One folder holds one run: mixing two would leave a certificate beside a foreign model. */
  void refuseUsed() {
    Path existing = path.toAbsolutePath();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new InvalidDataException(
          existing + " is not a folder that can be written: choose another one for --out");
    }
    for (String name : NAMES) {
      if (!name.equals(LOCK) && Files.exists(file(name))) {
        throw new InvalidDataException(
            name.equals(RUN) || Files.exists(file(RUN))
                ? "%s already holds a run (%s): choose another folder for --out, or go on with it by --resume %1$s"
                    .formatted(path, name)
                : "%s already holds a part of a run (%s): choose another folder for --out"
                    .formatted(path, name));
      }
    }
  }

  /** Work in the folder. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Makes the folder, and keeps other processes out of it while the work runs. The system gives the
   * lock back when the process dies.
   */
  <T> T alone(Work<T> work) throws IOException {
    DurableFile.createFolders(path);
    try (FileChannel channel =
        FileChannel.open(file(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (tryLock(channel) == null) {
        throw new InvalidDataException(
            path + " is in use by another process: wait until that one has ended");
      }
      return work.run();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Removes what a crash left half written. */
  void removeParts() throws IOException {
    for (Path folder : List.of(path, sums(), publicFolder())) {
      DurableFile.removeParts(folder);
    }
  }

  /** The stored sums by name. */
  SortedMap<String, NoisySum> storedSums() throws IOException {
    SortedMap<String, NoisySum> sums = new TreeMap<>();
    for (String name : list(SUMS)) {
      sums.put(
          name.substring(SUMS.length() + 1).replaceAll("\\.json$", ""),
          FolderSumStore.read(file(name)));
    }
    return sums;
  }

  /** What a private selection came to; empty where nothing was selected. */
  Optional<Selection> selection() throws IOException {
    Path file = publicFolder().resolve(PrivateTuning.KEPT + ".bin");
    return Files.exists(file) ? Optional.of(Selection.read(file)) : Optional.empty();
  }

  /** Dates all files back to the run's start: their times would tell how long it took. */
  void hideDuration() throws IOException {
    FileTime start = Files.getLastModifiedTime(file(RUN));
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.setLastModifiedTime(each, start);
      }
    }
  }

  /** Hashes of the files there are that a certificate names, by path. */
  SortedMap<String, String> hashes() throws IOException {
    SortedMap<String, String> hashes = new TreeMap<>();
    for (String name : covered()) {
      hashes.put(name, Sha256.hex(Files.readAllBytes(file(name))));
    }
    return hashes;
  }

  /** The paths of the files that a certificate names, as far as they are there. */
  List<String> covered() throws IOException {
    List<String> single =
        Stream.of(RUN, BASE, MODEL, REPORT).filter(name -> Files.exists(file(name))).toList();
    return Stream.of(single, list(SUMS), list(PUBLIC)).flatMap(List::stream).toList();
  }

  private List<String> list(String folder) throws IOException {
    if (!Files.isDirectory(file(folder))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(file(folder))) {
      return files.map(file -> folder + "/" + file.getFileName()).sorted().toList();
    }
  }
}
