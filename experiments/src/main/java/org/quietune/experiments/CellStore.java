package org.quietune.experiments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.quietune.release.DurableFile;

/** Finished cells on disk, so that a long experiment goes on where it was stopped. */
public final class CellStore {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public CellStore(Path folder) {
    this.folder = folder;
  }

  /** The cell of that name, where it is finished. */
  public Optional<Cell> find(String name) throws IOException {
    return read(file(name));
  }

  /** The cell of that name: read where it is finished, else computed and kept. */
  public Cell get(String name, Callable<Cell> compute) throws IOException {
    Optional<Cell> finished = find(name);
    if (finished.isPresent()) {
      return finished.get();
    }
    Cell cell;
    try {
      cell = compute.call();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cell " + name + " failed", e);
    }
    write(file(name), cell);
    Files.deleteIfExists(begun(name));
    return cell;
  }

  /** What is done of the cell of that name, kept until it is finished. */
  Progress progress(String name) {
    return new Progress() {
      @Override
      public Optional<Cell> done() throws IOException {
        return read(begun(name));
      }

      @Override
      public void keep(Cell cell) throws IOException {
        write(begun(name), cell);
      }
    };
  }

  private static Optional<Cell> read(Path file) throws IOException {
    return Files.exists(file)
        ? Optional.of(JSON.readValue(file.toFile(), Cell.class))
        : Optional.empty();
  }

  private static void write(Path file, Cell cell) throws IOException {
    DurableFile.write(file, JSON.writeValueAsBytes(cell));
  }

  private Path file(String name) {
    return folder.resolve(fileName(name) + ".json");
  }

  private Path begun(String name) {
    return folder.resolve("begun").resolve(fileName(name) + ".json");
  }

  private static String fileName(String name) {
    return name.replaceAll("[^A-Za-z0-9.-]+", "_");
  }
}
