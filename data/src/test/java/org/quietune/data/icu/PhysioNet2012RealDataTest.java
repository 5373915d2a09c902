package org.quietune.data.icu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The published archives, against the counts of their description and a second computation. */
@EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
class PhysioNet2012RealDataTest {
  private final Path dir =
      Path.of(Objects.requireNonNull(System.getenv("QUIETUNE_DATA")), "physionet2012");

  private void checkCounts(List<Stay> stays, long deaths, long... types) {
    assertEquals(4000, stays.size());
    assertEquals(4000, stays.stream().map(Stay::recordId).distinct().count());
    assertEquals(deaths, stays.stream().filter(stay -> stay.example().label() == 1).count());
    for (int type = 1; type <= 4; type++) {
      int wanted = type;
      assertEquals(types[type - 1], stays.stream().filter(s -> s.icuType() == wanted).count());
    }
  }

  private static double total(List<Stay> stays, String column) {
    int index = PhysioNet2012.columns().indexOf(column);
    return stays.stream().mapToDouble(stay -> stay.example().features()[index]).sum();
  }

  private static long unknown(List<Stay> stays, String column) {
    int index = PhysioNet2012.columns().indexOf(column);
    return stays.stream().filter(stay -> Float.isNaN(stay.example().features()[index])).count();
  }

  @Test
  void hasTheCountsOfItsDescription() {
    List<Stay> a = PhysioNet2012.read(dir, "a");
    checkCounts(a, 554, 577, 874, 1481, 1068);
    checkCounts(PhysioNet2012.read(dir, "b"), 568, 590, 782, 1436, 1192);

    // Counted from the raw text with another program: rows of set a, and unknown descriptors.
    assertEquals(228_538, total(a, "HR_count"));
    assertEquals(24_355, total(a, "pH_count"));
    assertEquals(129_165 - 326, total(a, "Weight_count"));
    assertEquals(315, total(a, "Cholesterol_count"));
    assertEquals(0, unknown(a, "Age"));
    assertEquals(3, unknown(a, "Gender"));
    assertEquals(1894, unknown(a, "Height"));
    for (String variable : StayFeatures.VARIABLES) {
      assertTrue(total(a, variable + "_count") > 0, variable);
      assertEquals(0, unknown(a, variable + "_count"));
    }
  }

  /** Each feature again, by list operations on the raw lines, for stays spread over the set. */
  @Test
  void agreesWithASecondComputation() throws IOException {
    List<Stay> stays = PhysioNet2012.read(dir, "a");
    try (ZipFile zip = new ZipFile(dir.resolve("set-a.zip").toFile())) {
      for (int i : new int[] {0, 1, 1234, 2500, 3999}) {
        Stay stay = stays.get(i);
        List<String[]> rows = new ArrayList<>();
        try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    zip.getInputStream(zip.getEntry("set-a/" + stay.recordId() + ".txt")),
                    StandardCharsets.US_ASCII))) {
          lines.lines().skip(1).forEach(line -> rows.add(line.split(",")));
        }
        List<String> columns = PhysioNet2012.columns();
        for (int c = 0; c < columns.size(); c++) {
          assertEquals(
              (float) expected(rows, columns.get(c)),
              stay.example().features()[c],
              columns.get(c) + " of stay " + stay.recordId());
        }
      }
    }
  }

  private static double expected(List<String[]> rows, String column) {
    int underscore = column.indexOf('_');
    String variable = underscore < 0 ? column : column.substring(0, underscore);
    boolean mayBeUnknown = List.of("Age", "Gender", "Height", "Weight").contains(variable);
    List<String[]> own =
        rows.stream()
            .filter(row -> row[1].equals(variable))
            .filter(row -> !(mayBeUnknown && Double.parseDouble(row[2]) == -1))
            .toList();
    double[] all = values(own);
    double[] late = values(own.stream().filter(row -> row[0].compareTo("24:00") >= 0).toList());
    String statistic = underscore < 0 ? "first" : column.substring(underscore + 1);
    return switch (statistic) {
      case "count" -> all.length;
      case "mean" -> mean(all);
      case "late_mean" -> mean(late);
      case "min" -> Arrays.stream(all).min().orElse(Double.NaN);
      case "max" -> Arrays.stream(all).max().orElse(Double.NaN);
      // The files are in the order of time.
      case "first" -> all.length == 0 ? Double.NaN : all[0];
      case "last" -> all.length == 0 ? Double.NaN : all[all.length - 1];
      default -> throw new AssertionError(column);
    };
  }

  private static double[] values(List<String[]> rows) {
    return rows.stream().mapToDouble(row -> Double.parseDouble(row[2])).toArray();
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** Read off the raw file by eye: stay 132539, an unknown height, first rows at 00:07. */
  @Test
  void agreesWithValuesReadByEye() {
    Stay stay = PhysioNet2012.read(dir, "a").get(0);
    assertEquals(132539, stay.recordId());
    assertEquals(4, stay.icuType());
    List<String> columns = PhysioNet2012.columns();
    float[] features = stay.example().features();
    assertEquals(54, features[columns.indexOf("Age")]);
    assertEquals(0, features[columns.indexOf("Gender")]);
    assertTrue(Float.isNaN(features[columns.indexOf("Height")]));
    assertEquals(73, features[columns.indexOf("HR_first")]);
    assertEquals(92.33f, features[columns.indexOf("NIMAP_first")]);
    assertEquals(900, features[columns.indexOf("Urine_first")]);
  }
}
