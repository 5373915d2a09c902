package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageListingTest {
  @TempDir Path dir;

  private List<String> sorted(long memory) {
    List<String> paths = new ArrayList<>();
    try (ImageListing listing = new ImageListing("images", dir, List.of("0", "1"));
        RowReader files = UnitSort.sorted(listing, 0, memory)) {
      while (files.advance()) {
        String path = ImageListing.path(String.valueOf(files.unit()));
        assertEquals(path.startsWith("1") ? 1 : 0, files.label());
        paths.add(path);
      }
    }
    return paths;
  }

  private void write(String... paths) {
    for (String path : paths) {
      ImageFixtures.write(dir.resolve(path), new byte[1]);
    }
  }

  /** The order of a folder is part of every result that was made from it. */
  @Test
  void theOrderIsThatOfTheHashOfTheName() {
    for (int i = 0; i < 5; i++) {
      write("0/" + i + ".png", "1/" + i + ".png");
    }
    write("1/\u00e4.png");
    List<String> computedElsewhere =
        List.of(
            "0/3.png",
            "1/0.png",
            "1/3.png",
            "1/\u00e4.png",
            "0/0.png",
            "0/2.png",
            "0/4.png",
            "0/1.png",
            "1/2.png",
            "1/4.png",
            "1/1.png");
    assertEquals(computedElsewhere, sorted(UnitSort.MEMORY));
    assertEquals(computedElsewhere, sorted(300));
  }
}
