package org.quietune.experiments.mnist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.quietune.data.Example;
import org.quietune.data.generated.DrawnDigits;
import org.quietune.data.generated.ImageWarp;

/** On the published images: needs {@code QUIETUNE_DATA}. */
@EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PartTest {
  private Digits digits = new Digits(List.of(), List.of());

  @BeforeAll
  void read() {
    digits = Digits.read(Path.of(System.getenv("QUIETUNE_DATA"), "mnist"));
  }

  private static Set<Integer> labels(List<Example> images) {
    return images.stream().map(image -> (int) image.label()).collect(Collectors.toSet());
  }

  @Test
  void readsEveryPublishedImage() {
    assertEquals(60_000, digits.train().size());
    assertEquals(10_000, digits.test().size());
    assertEquals(
        List.of(5923L, 6742L, 5958L, 6131L, 5842L, 5421L, 5918L, 6265L, 5851L, 5949L),
        IntStream.range(0, 10)
            .mapToObj(digit -> digits.train().stream().filter(i -> i.label() == digit).count())
            .toList());
  }

  @Test
  void turnedDigitsAreNoneOfThePublicOnes() {
    Split split = Part.A.split(digits);
    assertEquals(60_000, split.publicImages().size());
    for (int i = 0; i < 30_000; i += 997) {
      assertEquals(digits.train().get(i), split.publicImages().row(2 * i));
      assertEquals(
          ImageWarp.mild(DrawnDigits.SHAPE, 1, i).apply(digits.train().get(i)),
          split.publicImages().row(2 * i + 1));
    }
    ImageWarp turn = ImageWarp.rotation(DrawnDigits.SHAPE, 45);
    for (int units : Part.A.units()) {
      int[] indices = split.privateIndices(units);
      List<Example> images = split.privateImages(units);
      assertEquals(units, images.size());
      assertEquals(units, IntStream.of(indices).distinct().count());
      assertTrue(IntStream.of(indices).allMatch(i -> i >= 30_000 && i < 60_000));
      assertEquals(turn.apply(digits.train().get(indices[7])), images.get(7));
      assertEquals(10, labels(images).size());
    }
    assertEquals(10_000, split.test().size());
    assertEquals(turn.apply(digits.test().get(123)), split.test().get(123));
  }

  /** The training file alternates between two groups of writers. */
  @Test
  void privateImagesComeFromBothGroupsOfWriters() {
    for (Part part : Part.values()) {
      Split split = part.split(digits);
      int[] fewer = split.privateIndices(1000);
      long even = IntStream.of(fewer).filter(i -> i % 2 == 0).count();
      // One image in a thousand million draws would lie outside: six deviations.
      assertTrue(even > 405 && even < 595, part + ": " + even);
      Set<Integer> more =
          IntStream.of(split.privateIndices(5000)).boxed().collect(Collectors.toSet());
      assertTrue(IntStream.of(fewer).allMatch(more::contains));
      assertArrayEquals(fewer, split.privateIndices(1000));
    }
  }

  @Test
  void drawnDigitsHoldNoWrittenOne() {
    Split split = Part.B.split(digits);
    assertEquals(60_000, split.publicImages().size());
    assertEquals(new DrawnDigits(1).table(3).rows(), split.publicImages().rows().subList(0, 3));
    Set<Example> written = new HashSet<>(digits.train());
    assertTrue(split.publicImages().rows().stream().noneMatch(written::contains));
    assertEquals(2000, split.privateImages(2000).size());
    assertEquals(digits.train(), split.privateImages(60_000));
    assertEquals(digits.test(), split.test());
  }

  @Test
  void newClassesAreInNoPublicImage() {
    Split split = Part.C.split(digits);
    assertEquals(2 * (5923 + 6742 + 5958 + 6131 + 5842), split.publicImages().size());
    assertEquals(Set.of(0, 1, 2, 3, 4), labels(split.publicImages().rows()));
    for (int units : Part.C.units()) {
      assertEquals(units, split.privateImages(units).size());
      assertEquals(Set.of(5, 6, 7, 8, 9), labels(split.privateImages(units)));
      assertEquals(units, IntStream.of(split.privateIndices(units)).distinct().count());
    }
    assertEquals(10, labels(split.test()).size());
    assertThrows(
        IllegalArgumentException.class,
        () -> split.privateImages(5421 + 5918 + 6265 + 5851 + 5949 + 1));
  }
}
