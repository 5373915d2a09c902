package org.quietune.release;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that after a crash it is either whole or not there, and durable on return. */
public final class DurableFile {
  private DurableFile() {}

  /** Writes {@code bytes} to {@code target}, replacing what is there in one step. */
  public static void write(Path target, byte[] bytes) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("not a file name: " + target);
    }
    createFolders(folder);
    String name = target.getFileName().toString();
    // Not createTempFile: a model and its certificate are for others to read, as the umask allows.
    Path part = folder.resolve("." + name + "." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        write(channel, ByteBuffer.wrap(bytes, 0, bytes.length / 2));
        CrashPoint.FILE_HALF_WRITTEN.reached(name);
        write(channel, ByteBuffer.wrap(bytes, bytes.length / 2, bytes.length - bytes.length / 2));
        channel.force(true);
      }
      CrashPoint.FILE_WRITTEN.reached(name);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      CrashPoint.FILE_NAMED.reached(name);
      syncFolder(folder);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void write(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Creates the folder and what is missing above it, names durable. */
  public static void createFolders(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null && !Files.exists(folder)) {
      createFolders(parent);
      Files.createDirectories(folder);
      syncFolder(parent);
    }
  }

  /** Removes what an interrupted {@link #write} left in the folder. */
  public static void removeParts(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".*.part")) {
        for (Path part : parts) {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  /** Makes the new name itself durable; Windows opens no folders and needs no such step. */
  static void syncFolder(Path folder) throws IOException {
    if (System.getProperty("os.name", "").startsWith("Windows")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
