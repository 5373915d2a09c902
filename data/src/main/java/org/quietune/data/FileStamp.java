package org.quietune.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What tells a file from a changed one without reading it. */
record FileStamp(long bytes, long modifiedMillis) {
  static FileStamp of(Path path) {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return new FileStamp(found.size(), found.lastModifiedTime().toMillis());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + path, e);
    }
  }

  /**
   * Looks at a file that is about to be read.
   *
   * @param name how messages call it
   * @throws InvalidDataException if it is not there, is no file, cannot be read or is empty
   */
  static FileStamp ofReadable(String name, Path path) {
    if (Files.isDirectory(path)) {
      throw new InvalidDataException(name + " is a directory");
    }
    if (!Files.exists(path)) {
      throw new InvalidDataException("no such file: " + name);
    }
    if (!Files.isReadable(path)) {
      throw new InvalidDataException(name + ": no permission to read the file");
    }
    FileStamp stamp = of(path);
    if (stamp.bytes() == 0) {
      throw new InvalidDataException(name + " is empty");
    }
    return stamp;
  }

  /** What a source says when it is not as it was. */
  static InvalidDataException changed(String name) {
    return new InvalidDataException(name + " has changed since it was opened: start again");
  }
}
