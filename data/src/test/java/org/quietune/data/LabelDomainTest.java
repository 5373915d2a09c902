package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LabelDomainTest {
  private static String refusal(double... labels) {
    return String.valueOf(
        assertThrows(InvalidDataException.class, () -> LabelDomain.infer(labels)).getMessage());
  }

  @Test
  void containsItsClassesOnly() {
    assertTrue(LabelDomain.numbers().contains(-1.5));
    assertFalse(LabelDomain.numbers().contains(Double.NaN));
    assertFalse(LabelDomain.numbers().contains(Double.POSITIVE_INFINITY));
    LabelDomain three = LabelDomain.classes(3);
    for (double label : new double[] {0, -0.0, 1, 2}) {
      assertTrue(three.contains(label));
    }
    for (double label :
        new double[] {-1, 3, .5, 1e300, Double.NaN, Double.POSITIVE_INFINITY, -1e-300}) {
      assertFalse(three.contains(label));
    }
  }

  @Test
  void needsTwoClasses() {
    assertThrows(IllegalArgumentException.class, () -> LabelDomain.classes(1));
  }

  @Test
  void infersClassesOfPublicLabels() {
    assertEquals(LabelDomain.classes(3), LabelDomain.infer(new double[] {2, 0, 1, 1}));
    PublicTable table =
        PublicTable.of(List.of("a"), List.of(Fixtures.example(1, 5), Fixtures.example(0, 6)));
    assertEquals(LabelDomain.classes(2), LabelDomain.inferredFrom(table));
  }

  @Test
  void refusesLabelsThatShowNoClasses() {
    assertEquals("labels: label 1.5 of row 2 is not a class 0, 1, 2, …", refusal(0, 1.5));
    assertEquals("labels: label NaN of row 1 is not a class 0, 1, 2, …", refusal(Double.NaN));
    assertEquals("labels: label -1.0 of row 1 is not a class 0, 1, 2, …", refusal(-1, 1));
    assertEquals("labels: no row has label 1, though the largest label is 2", refusal(0, 2));
    assertEquals("labels: no row has label 0, though the largest label is 2", refusal(1, 2));
    assertEquals(
        "labels: no row has label 1, though the largest label is 2000000000", refusal(0, 2e9));
    String one = "labels: the labels show fewer than two classes, so there is nothing to learn";
    assertEquals(one, refusal(0, 0));
    assertEquals(one, refusal());
  }
}
