package org.quietune.data;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.release.PrivateRecords;

class ImageFolderSourceTest {
  private static final int GRAY = BufferedImage.TYPE_BYTE_GRAY;
  private static final int RGB = BufferedImage.TYPE_INT_RGB;

  @TempDir Path dir;

  private void png(String path, int height, int width, int type, int first) {
    put(path, ImageFixtures.encoded(ImageFixtures.picture(height, width, type, first), "png"));
  }

  private void put(String path, byte[] bytes) {
    ImageFixtures.write(dir.resolve(path), bytes);
  }

  private DataFile open() {
    return DataFile.of(dir.toString());
  }

  private PublicTable read() {
    return PublicTable.read(open(), "label", Set.of());
  }

  private PrivateRecords<Example> seal(int classes) {
    DataFile file = open();
    return PrivateTable.seal(
        file,
        file.images().orElseThrow().columns(),
        "label",
        Optional.empty(),
        LabelDomain.classes(classes));
  }

  private String refused() {
    String message =
        String.valueOf(assertThrows(InvalidDataException.class, () -> seal(2)).getMessage());
    return message.replace(dir.toString(), "DIR");
  }

  @Test
  void readsGrayImagesOfNumberedClasses() {
    png("0/a.png", 2, 2, GRAY, 0);
    png("1/b.png", 2, 2, GRAY, 100);
    png("1/.hidden.png", 9, 9, GRAY, 0);
    assertEquals(Optional.of(ImageShape.gray(2, 2)), open().images());
    assertEquals(List.of(), open().classNames());
    Set<Example> expected =
        Set.of(Fixtures.example(0, 0, 1, 10, 11), Fixtures.example(1, 100, 101, 110, 111));
    assertEquals(expected, Set.copyOf(read().rows()));
    assertEquals(
        expected, Set.copyOf(Fixtures.units(seal(2)).stream().map(unit -> unit.get(0)).toList()));
  }

  @Test
  void classNumbersAreNotPlacesInTheList() {
    png("2/a.png", 1, 1, GRAY, 5);
    png("10/b.png", 1, 1, GRAY, 6);
    assertEquals(
        Set.of(Fixtures.example(2, 5), Fixtures.example(10, 6)), Set.copyOf(read().rows()));
  }

  @Test
  void readsNamedClassesAndNumbersThemAsAModelDoes() {
    png("hen/a.png", 1, 1, GRAY, 5);
    png("cat/b.png", 1, 1, GRAY, 6);
    assertEquals(List.of("cat", "hen"), open().classNames());
    assertEquals(List.of("cat", "hen"), read().classNames());
    assertEquals(Set.of(Fixtures.example(1, 5), Fixtures.example(0, 6)), Set.copyOf(read().rows()));
    DataFile asModel = open().numbered(List.of("ant", "hen", "cat"));
    assertEquals(
        Set.of(Fixtures.example(1, 5), Fixtures.example(2, 6)),
        Set.copyOf(PublicTable.read(asModel, "label", Set.of()).rows()));
    assertTrue(
        refusal(List.of("ant", "cat"))
            .endsWith(": folder 'hen' is no class of the model, whose classes are ant, cat"));
    assertTrue(
        refusal(List.of())
            .endsWith(
                ": folder 'cat' is no class number, and the model does not name its classes"));
  }

  private String refusal(List<String> names) {
    DataFile file = open();
    return String.valueOf(
        assertThrows(InvalidDataException.class, () -> file.numbered(names)).getMessage());
  }

  @Test
  void readsColorChannelByChannel() {
    png("0/a.png", 1, 2, RGB, 100);
    png("1/gray.png", 1, 2, GRAY, 7);
    assertEquals(Optional.of(new ImageShape(3, 1, 2)), open().images());
    assertTrue(read().rows().contains(Fixtures.example(0, 100, 101, 101, 102, 102, 103)));
    assertTrue(read().rows().contains(Fixtures.example(1, 7, 8, 7, 8, 7, 8)));
  }

  /** Java's own conversion of gray samples to RGB would change them. */
  @Test
  void readsGraySamplesAsTheyAreStored() {
    for (int value : new int[] {0, 1, 17, 128, 254, 255}) {
      png("0/a.png", 1, 1, GRAY, value);
      assertEquals(Fixtures.example(0, value), read().row(0));
    }
    BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(0, 0, 0, 65535);
    deep.getRaster().setSample(1, 0, 0, 257 * 9);
    put("0/a.png", ImageFixtures.encoded(deep, "png"));
    assertEquals(Fixtures.example(0, 255, 9), read().row(0));
    BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
    bits.getRaster().setSample(1, 0, 0, 1);
    put("0/a.png", ImageFixtures.encoded(bits, "png"));
    assertEquals(Fixtures.example(0, 0, 255), read().row(0));
  }

  @Test
  void readsPalettes() {
    byte[] red = {(byte) 200, 10};
    byte[] green = {100, 20};
    byte[] blue = {50, 30};
    BufferedImage image =
        new BufferedImage(
            2, 1, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 2, red, green, blue));
    image.getRaster().setSample(1, 0, 0, 1);
    put("0/a.png", ImageFixtures.encoded(image, "png"));
    assertEquals(Fixtures.example(0, 200, 10, 100, 20, 50, 30), read().row(0));
  }

  @Test
  void readsJpeg() {
    put("0/a.jpg", ImageFixtures.encoded(ImageFixtures.picture(8, 8, GRAY, 60), "jpg"));
    float[] values = read().row(0).features();
    for (int i = 0; i < 64; i++) {
      assertEquals(60 + i % 8 + 10 * (i / 8), values[i], 6, "pixel " + i);
    }
  }

  @Test
  void mixesTheClasses() {
    for (int i = 0; i < 40; i++) {
      png("0/" + i + ".png", 1, 1, GRAY, i);
      png("1/" + i + ".png", 1, 1, GRAY, i);
    }
    List<Example> rows = read().rows();
    assertEquals(80, new HashSet<>(rows).size());
    double ones = rows.subList(0, 40).stream().mapToDouble(Example::label).sum();
    assertTrue(ones >= 10 && ones <= 30, "ones in the first half: " + ones);
    assertEquals(rows, read().rows());
  }

  @Test
  void refusesOtherSizes() {
    png("0/a.png", 2, 3, GRAY, 0);
    png("1/b.png", 3, 2, GRAY, 0);
    String message = refused();
    assertTrue(message.endsWith("all must have one size"), message);
    assertTrue(message.startsWith("DIR/0/a.png has") || message.startsWith("DIR/1/b.png has"));
  }

  @Test
  void refusesWhatIsNoImage() throws IOException {
    png("0/a.png", 2, 2, GRAY, 0);
    put("0/notes.txt", new byte[] {'h', 'i'});
    assertEquals("DIR/0/notes.txt is neither PNG nor JPEG", refused());
    put("0/notes.txt", new byte[0]);
    assertEquals("DIR/0/notes.txt is empty", refused());
    Files.delete(dir.resolve("0/notes.txt"));
    Files.createDirectory(dir.resolve("0/more"));
    assertEquals("DIR/0/more is a folder within a class", refused());
    Files.delete(dir.resolve("0/more"));
    png("top.png", 2, 2, GRAY, 0);
    assertEquals(
        "DIR/top.png stands in no class folder: expected one folder of images for each class",
        refused());
  }

  @Test
  void refusesEmptyFolders() throws IOException {
    assertEquals("DIR is an empty folder: expected one folder of images for each class", refused());
    Files.createDirectory(dir.resolve("0"));
    assertEquals("DIR holds no images", refused());
  }

  @Test
  void refusesTransparencyAndColorAmongGray() {
    png("0/a.png", 2, 2, BufferedImage.TYPE_INT_ARGB, 0);
    assertEquals("DIR/0/a.png has a transparent layer: save it without", refused());
  }

  @Test
  void refusesAClassThatTheModelDoesNotKnow() {
    png("0/a.png", 2, 2, GRAY, 0);
    png("2/a.png", 2, 2, GRAY, 0);
    assertEquals("DIR: folder '2' is not a class 0 to 1", refused());
  }

  @Test
  void refusesImagesThatClaimToBeHuge() {
    byte[] bytes = ImageFixtures.encoded(ImageFixtures.picture(2, 2, GRAY, 0), "png");
    bytes[16] = 0x7f;
    bytes[20] = 0x7f;
    put("0/a.png", bytes);
    String message = refused();
    assertTrue(message.startsWith("DIR/0/a.png"), message);
  }

  /** Damaged bytes are refused in one line or decode to something; nothing else is thrown. */
  @Test
  void hostileBytesAreRefusedOrRead() {
    SplittableRandom random = new SplittableRandom(7);
    for (String format : List.of("png", "jpg")) {
      byte[] whole = ImageFixtures.encoded(ImageFixtures.picture(8, 8, GRAY, 60), format);
      int refused = 0;
      for (int i = 0; i < 400; i++) {
        byte[] bytes =
            Arrays.copyOf(whole, i % 2 == 0 ? whole.length : random.nextInt(whole.length));
        for (int j = 0; j < 3 && bytes.length > 3; j++) {
          bytes[3 + random.nextInt(bytes.length - 3)] = (byte) random.nextInt(256);
        }
        put("0/a.png", bytes);
        try {
          assertEquals(1, Fixtures.units(seal(2)).size());
        } catch (InvalidDataException e) {
          refused++;
          assertEquals(1, String.valueOf(e.getMessage()).lines().count());
          assertTrue(String.valueOf(e.getMessage()).contains("a.png"), e.getMessage());
        }
      }
      assertTrue(refused > 100, format + ": " + refused);
    }
  }

  @Test
  void refusesAFolderThatChangedAfterTheCheck() {
    png("0/a.png", 2, 2, GRAY, 0);
    png("0/b.png", 2, 2, GRAY, 0);
    refusesAfter(() -> png("0/c.png", 2, 2, GRAY, 0));
    refusesAfter(() -> Files.delete(dir.resolve("0/c.png")));
    refusesAfter(() -> Files.move(dir.resolve("0/b.png"), dir.resolve("0/c.png")));
    refusesAfter(() -> Files.write(dir.resolve("0/c.png"), new byte[1], APPEND));
    refusesAfter(() -> Files.setLastModifiedTime(dir.resolve("0/a.png"), FileTime.fromMillis(1)));
    refusesAfter(() -> Files.createDirectory(dir.resolve("1")));
    refusesAfter(() -> Files.move(dir.resolve("0"), dir.resolve("2")));
  }

  private void refusesAfter(Executable change) {
    PrivateRecords<Example> sealed = seal(3);
    DataFile opened = open();
    assertDoesNotThrow(change);
    for (Executable use : List.<Executable>of(() -> Fixtures.units(sealed), opened::sha256)) {
      assertTrue(
          String.valueOf(assertThrows(InvalidDataException.class, use).getMessage())
              .endsWith("has changed since it was opened: start again"));
    }
  }
}
