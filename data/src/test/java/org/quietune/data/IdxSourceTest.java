package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quietune.release.PrivateRecords;

class IdxSourceTest {
  private static final ImageShape SHAPE = ImageShape.gray(2, 3);
  private static final LabelDomain TEN = LabelDomain.classes(10);

  @TempDir Path dir;

  private DataFile three(String suffix) {
    Fixtures.write(dir, "i" + suffix, ImageFixtures.idxImages(3, 2, 3));
    Fixtures.write(dir, "l" + suffix, ImageFixtures.idxLabels(7, 0, 9));
    return ImageFixtures.idx(dir, "i" + suffix, "l" + suffix);
  }

  private static PrivateRecords<Example> seal(DataFile file) {
    return PrivateTable.seal(
        file, file.images().orElseThrow().columns(), "label", Optional.empty(), TEN);
  }

  private String refused(byte[] images, byte[] labels) {
    Fixtures.write(dir, "i", images);
    Fixtures.write(dir, "l", labels);
    return Fixtures.refusal(dir, () -> seal(ImageFixtures.idx(dir, "i", "l")));
  }

  @Test
  void readsInputsWithoutLabels() {
    DataFile file = three("");
    List<Example> labelled = PublicTable.read(file, "label", Set.of()).rows();
    PublicTable inputs = PublicTable.unlabelled(file, SHAPE.columns());
    assertEquals(
        labelled.stream().map(e -> new Example(e.features(), Double.NaN)).toList(), inputs.rows());
    assertEquals(Optional.of(SHAPE), inputs.images());
  }

  /** Inputs may come without a file of labels; labelled data may not. */
  @ParameterizedTest
  @CsvSource({"''", ".gz"})
  void readsImagesWithoutAFileOfLabels(String suffix) {
    DataFile labelled = three(suffix);
    String images = IdxSource.PREFIX + dir.resolve("i" + suffix);
    DataFile alone = DataFile.ofInputs(images);
    assertEquals(
        PublicTable.unlabelled(labelled, SHAPE.columns()).rows(),
        PublicTable.unlabelled(alone, SHAPE.columns()).rows());
    assertEquals(Optional.of(SHAPE), alone.images());
    assertThrows(InvalidDataException.class, () -> DataFile.of(images));
    assertThrows(InvalidDataException.class, () -> PublicTable.read(alone, "label", Set.of()));
    assertThrows(InvalidDataException.class, () -> DataFile.ofInputs(IdxSource.PREFIX));
  }

  @ParameterizedTest
  @CsvSource({"''", ".gz"})
  void readsImagesAndLabels(String suffix) {
    DataFile file = three(suffix);
    assertEquals(Optional.of(SHAPE), file.images());
    assertEquals(Optional.of("label"), file.labelColumn());
    assertEquals(7, file.columns().size());
    PublicTable table = PublicTable.read(file, "label", Set.of());
    assertEquals(Optional.of(SHAPE), table.images());
    List<Example> expected =
        List.of(
            Fixtures.example(7, 0, 1, 2, 3, 4, 5),
            Fixtures.example(0, 6, 7, 8, 9, 10, 11),
            Fixtures.example(9, 12, 13, 14, 15, 16, 17));
    assertEquals(expected, table.rows());
    PrivateRecords<Example> sealed = seal(file);
    assertEquals("record", sealed.privacyUnit());
    for (int pass = 0; pass < 2; pass++) {
      assertEquals(expected.stream().map(List::of).toList(), Fixtures.units(sealed));
    }
  }

  @Test
  void readsTheBrightestPixel() {
    byte[] images = ImageFixtures.idxImages(1, 1, 2);
    images[16] = (byte) 255;
    images[17] = (byte) 128;
    Fixtures.write(dir, "i", images);
    Fixtures.write(dir, "l", ImageFixtures.idxLabels(1));
    PublicTable table = PublicTable.read(ImageFixtures.idx(dir, "i", "l"), "label", Set.of());
    assertEquals(Fixtures.example(1, 255, 128), table.row(0));
  }

  @Test
  void aModelOfOneSizeDoesNotReadAnother() {
    DataFile file = three("");
    assertEquals(
        "idx:i,l: images of 2 × 3 pixels have no column '2x2 pixel 0,0'",
        Fixtures.refusal(
            dir,
            () ->
                PrivateTable.seal(
                    file, ImageShape.gray(2, 2).columns(), "label", Optional.empty(), TEN)));
  }

  @Test
  void aColumnCannotNameTheUnit() {
    DataFile file = three("");
    for (String unit : List.of("2x3 pixel 0,0")) {
      assertEquals(
          "idx:i,l: each image is a privacy unit of its own, so no column can name the unit",
          Fixtures.refusal(
              dir,
              () ->
                  PrivateTable.seal(
                      file, List.of("2x3 pixel 0,1"), "label", Optional.of(unit), TEN)));
    }
  }

  @Test
  void refusesLabelsThatAreNoClassOfTheModel() {
    assertEquals(
        "l label 2 (byte 9): 10 is not a class 0 to 9",
        refused(ImageFixtures.idxImages(3, 2, 3), ImageFixtures.idxLabels(7, 10, 9)));
  }

  @Test
  void refusesCountsThatDiffer() {
    assertEquals(
        "i holds 3 images, but l holds 2 labels",
        refused(ImageFixtures.idxImages(3, 2, 3), ImageFixtures.idxLabels(7, 1)));
  }

  @Test
  void refusesTheWrongMagicNumber() {
    byte[] labels = ImageFixtures.idxLabels(7, 1, 1);
    assertEquals(
        "i byte 0: the magic number is 0x00000801, that of an IDX file of images is 0x00000803",
        refused(labels, labels));
    assertEquals(
        "l byte 0: the magic number is 0x00000803, that of an IDX file of labels is 0x00000801",
        refused(ImageFixtures.idxImages(3, 2, 3), ImageFixtures.idxImages(3, 2, 3)));
  }

  @Test
  void refusesEmptyAndShortHeaders() {
    byte[] labels = ImageFixtures.idxLabels(7, 1, 1);
    byte[] images = ImageFixtures.idxImages(3, 2, 3);
    assertEquals("i is empty", refused(new byte[0], labels));
    assertEquals(
        "i ends at byte 3, within the header of 16 bytes",
        refused(Arrays.copyOf(images, 3), labels));
    assertEquals(
        "i ends at byte 15, within the header of 16 bytes",
        refused(Arrays.copyOf(images, 15), labels));
  }

  @Test
  void refusesExtentsThatMakeNoSense() {
    byte[] labels = ImageFixtures.idxLabels(7, 1, 1);
    byte[] none = ImageFixtures.idxImages(3, 2, 3);
    none[7] = 0;
    assertEquals("i byte 4: 0 images", refused(none, labels));
    byte[] negative = ImageFixtures.idxImages(3, 2, 3);
    negative[8] = (byte) 0x80;
    assertEquals("i byte 8: -2147483646 rows of pixels", refused(negative, labels));
    byte[] huge = ImageFixtures.idxImages(3, 2, 3);
    huge[8] = 0x7f;
    huge[12] = 0x7f;
    assertEquals(
        "i byte 8: images of 2130706434 × 2130706435 pixels are too large", refused(huge, labels));
  }

  @Test
  void refusesFilesThatEndEarlyOrGoOn() {
    byte[] labels = ImageFixtures.idxLabels(7, 1, 1);
    byte[] images = ImageFixtures.idxImages(3, 2, 3);
    assertEquals(
        "i ends at byte 29, within image 3 of 3", refused(Arrays.copyOf(images, 29), labels));
    assertEquals(
        "i goes on at byte 34, after the last of its 3 images",
        refused(Arrays.copyOf(images, 35), labels));
    assertEquals(
        "l ends at byte 10, within label 3 of 3", refused(images, Arrays.copyOf(labels, 10)));
  }

  @Test
  void refusesGzippedContentThatEndsEarlyOrGoesOn() {
    byte[] images = ImageFixtures.idxImages(3, 2, 3);
    Fixtures.write(dir, "l.gz", ImageFixtures.idxLabels(7, 1, 1));
    Fixtures.write(dir, "short.gz", Arrays.copyOf(images, 29));
    assertEquals(
        "short.gz, unpacked, ends at byte 29, within image 3 of 3",
        Fixtures.refusal(dir, () -> seal(ImageFixtures.idx(dir, "short.gz", "l.gz"))));
    Fixtures.write(dir, "long.gz", Arrays.copyOf(images, 35));
    assertEquals(
        "long.gz, unpacked, goes on at byte 34, after the last of its 3 images",
        Fixtures.refusal(dir, () -> seal(ImageFixtures.idx(dir, "long.gz", "l.gz"))));
  }

  @Test
  void refusesTornGzipAnywhere() throws IOException {
    byte[] packed = gzip(ImageFixtures.idxImages(300, 2, 3));
    Fixtures.write(dir, "l", ImageFixtures.idxLabels(new int[300]));
    for (int length = 2; length < packed.length; length++) {
      ImageFixtures.write(dir.resolve("torn"), Arrays.copyOf(packed, length));
      String refusal = Fixtures.refusal(dir, () -> seal(ImageFixtures.idx(dir, "torn", "l")));
      assertTrue(
          refusal.startsWith("torn: the gzip data is damaged or cut off ")
              || refusal.startsWith("torn ends at byte"),
          length + ": " + refusal);
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  /** One changed byte anywhere leaves the images readable or is refused, in one line. */
  @Property(tries = 200)
  void hostileBytesAreRefusedOrRead(
      @ForAll @IntRange(min = 0, max = 1000) int at, @ForAll byte value) throws IOException {
    Path folder = Files.createTempDirectory("idx");
    try {
      for (boolean packed : new boolean[] {false, true}) {
        byte[] images = ImageFixtures.idxImages(20, 2, 3);
        byte[] bytes = packed ? gzip(images) : images;
        bytes[at % bytes.length] = value;
        ImageFixtures.write(folder.resolve("i"), bytes);
        ImageFixtures.write(folder.resolve("l"), ImageFixtures.idxLabels(new int[20]));
        try {
          DataFile file = ImageFixtures.idx(folder, "i", "l");
          assertEquals(20, Fixtures.units(seal(file)).size());
        } catch (InvalidDataException refused) {
          assertEquals(1, String.valueOf(refused.getMessage()).lines().count());
        }
      }
    } finally {
      Files.delete(folder.resolve("i"));
      Files.delete(folder.resolve("l"));
      Files.delete(folder);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"idx:", "idx:a", "idx:a,", "idx:,b", "idx:a,b,c"})
  void refusesAnIncompleteName(String spec) {
    assertEquals(
        spec + ": expected idx:IMAGES,LABELS, two files with one comma between them",
        assertThrows(InvalidDataException.class, () -> DataFile.of(spec)).getMessage());
  }

  @Test
  void refusesMissingFiles() {
    Fixtures.write(dir, "i", ImageFixtures.idxImages(3, 2, 3));
    assertEquals(
        "no such file: nothing",
        Fixtures.refusal(dir, () -> ImageFixtures.idx(dir, "i", "nothing")));
    assertEquals(
        "no such file: nothing",
        Fixtures.refusal(dir, () -> ImageFixtures.idx(dir, "nothing", "i")));
  }

  @Test
  void refusesFilesThatChangedAfterTheCheck() throws IOException {
    PrivateRecords<Example> sealed = seal(three(""));
    Files.setLastModifiedTime(dir.resolve("l"), FileTime.fromMillis(1));
    assertEquals(
        "l has changed since it was opened: start again",
        Fixtures.refusal(dir, () -> Fixtures.units(sealed)));
  }

  @Test
  void theLocationIsTheSameHoweverItIsWritten() {
    three("");
    assertEquals(
        ImageFixtures.idx(dir, "i", "l").location(),
        ImageFixtures.idx(dir.resolve("."), "i", "l").location());
  }
}
