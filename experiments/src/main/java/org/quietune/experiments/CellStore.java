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
    Path file = file(name);
    return Files.exists(file)
        ? Optional.of(JSON.readValue(file.toFile(), Cell.class))
        : Optional.empty();
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
    DurableFile.write(file(name), JSON.writeValueAsBytes(cell));
    return cell;
  }

  private Path file(String name) {
    return folder.resolve(name.replaceAll("[^A-Za-z0-9.-]+", "_") + ".json");
  }
}
