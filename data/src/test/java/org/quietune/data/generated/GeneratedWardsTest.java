package org.quietune.data.generated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.data.DataFile;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;

class GeneratedWardsTest {
  private static final List<String> FILES =
      List.of("general-ward.csv", "cardiac-ward.csv", "cardiac-ward-test.csv");

  private final Path dir;

  GeneratedWardsTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    new GeneratedWards().write(dir);
  }

  private PublicTable read(String name) {
    DataFile file = DataFile.of(dir.resolve(name).toString());
    return PublicTable.read(file, GeneratedWards.featureColumns(), GeneratedWards.LABEL_COLUMN);
  }

  /** Pins the bytes: a change of the generator, the platform or the JDK shows here. */
  @Test
  void writesTheSameBytesEverywhere() throws Exception {
    StringBuilder digests = new StringBuilder();
    for (String name : FILES) {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(dir.resolve(name)));
      digests.append(HexFormat.of().formatHex(hash), 0, 16).append(' ');
    }
    assertEquals("d7b0dc3a3f0f6d12 b1646465589ce3ad ab6d672ba431cf85", digests.toString().strip());
  }

  @Test
  void hasTheStatedShapes() throws IOException {
    List<String> features = GeneratedWards.featureColumns();
    assertEquals(12, features.size());
    int[] rows = {4000, 3000, 2000};
    for (int f = 0; f < rows.length; f++) {
      List<String> lines = Files.readAllLines(dir.resolve(FILES.get(f)));
      String prefix = f == 0 ? "" : "patient_id,";
      assertEquals(prefix + String.join(",", features) + ",deteriorated", lines.get(0));
      assertEquals(rows[f] + 1, lines.size());
      PublicTable table = read(FILES.get(f));
      long missing =
          table.rows().stream()
              .flatMap(row -> Arrays.stream(boxed(row.features())))
              .filter(v -> v.isNaN())
              .count();
      assertTrue(missing > rows[f] / 2 && missing < rows[f], "about .74 missing cells a row");
    }
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    Arrays.setAll(boxed, i -> values[i]);
    return boxed;
  }

  @Test
  void patientsHaveOneToThreeScatteredRows() throws IOException {
    Map<String, Integer> rows = new LinkedHashMap<>();
    String previous = "";
    int adjacent = 0;
    for (String line : Files.readAllLines(dir.resolve("cardiac-ward.csv")).subList(1, 3001)) {
      String id = line.substring(0, line.indexOf(','));
      rows.merge(id, 1, Integer::sum);
      adjacent += id.equals(previous) ? 1 : 0;
      previous = id;
    }
    assertEquals(Set.of(1, 2, 3), new HashSet<>(rows.values()));
    assertEquals(2000, rows.size(), 100);
    assertTrue(adjacent < 10, "rows of a patient are scattered");
    Set<String> test = new HashSet<>();
    for (String line : Files.readAllLines(dir.resolve("cardiac-ward-test.csv")).subList(1, 2001)) {
      test.add(line.substring(0, line.indexOf(',')));
    }
    assertTrue(test.stream().noneMatch(rows::containsKey), "no patient is in both");
    assertNotEquals(0, test.size());
  }

  /** What the quickstart is meant to show, with a logistic regression fitted by Newton's method. */
  @Test
  void fineTuningPays() {
    PublicTable general = read("general-ward.csv");
    PublicTable cardiac = read("cardiac-ward.csv");
    PublicTable test = read("cardiac-ward-test.csv");
    Scaler scaler = new Scaler(general);
    double[] pretrained = fit(scaler, general);
    double[] tuned = fit(scaler, cardiac);
    double before = accuracy(scaler, pretrained, test);
    double after = accuracy(scaler, tuned, test);
    double atHome = accuracy(scaler, pretrained, general);
    assertTrue(
        atHome > .80 && before > .66 && before < .72 && after > .80,
        atHome + " at home, " + before + " before, " + after + " after");
  }

  private static double accuracy(Scaler scaler, double[] weights, PublicTable table) {
    int correct = 0;
    for (Example row : table.rows()) {
      correct += (dot(weights, scaler.scale(row.features())) > 0) == (row.label() == 1) ? 1 : 0;
    }
    return (double) correct / table.size();
  }

  private static double[] fit(Scaler scaler, PublicTable table) {
    int d = table.columns().size() + 1;
    double[] weights = new double[d];
    for (int step = 0; step < 12; step++) {
      double[][] system = new double[d][d + 1];
      for (Example row : table.rows()) {
        double[] x = scaler.scale(row.features());
        double p = 1 / (1 + Math.exp(-dot(weights, x)));
        for (int i = 0; i < d; i++) {
          for (int j = 0; j < d; j++) {
            system[i][j] += p * (1 - p) * x[i] * x[j];
          }
          system[i][d] += (row.label() - p) * x[i];
        }
      }
      double[] change = solve(system);
      for (int i = 0; i < d; i++) {
        weights[i] += change[i];
      }
    }
    return weights;
  }

  /** Gauss–Jordan; the systems here are positive definite. */
  private static double[] solve(double[][] system) {
    int d = system.length;
    for (int k = 0; k < d; k++) {
      for (int i = 0; i < d; i++) {
        double factor = system[i][k] / system[k][k];
        for (int j = k; i != k && j <= d; j++) {
          system[i][j] -= factor * system[k][j];
        }
      }
    }
    double[] solution = new double[d];
    Arrays.setAll(solution, i -> system[i][d] / system[i][i]);
    return solution;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Means for what is missing, then standard scores, and a constant. */
  private static final class Scaler {
    private final double[] mean;
    private final double[] deviation;

    Scaler(PublicTable table) {
      int d = table.columns().size();
      mean = new double[d];
      deviation = new double[d];
      for (int j = 0; j < d; j++) {
        int column = j;
        double[] known =
            table.rows().stream()
                .mapToDouble(row -> row.features()[column])
                .filter(v -> !Double.isNaN(v))
                .toArray();
        double center = Arrays.stream(known).average().orElseThrow();
        mean[j] = center;
        deviation[j] =
            Math.sqrt(
                Arrays.stream(known).map(v -> (v - center) * (v - center)).average().orElseThrow());
      }
    }

    double[] scale(float[] features) {
      double[] scaled = new double[features.length + 1];
      for (int j = 0; j < features.length; j++) {
        scaled[j] = Float.isNaN(features[j]) ? 0 : (features[j] - mean[j]) / deviation[j];
      }
      scaled[features.length] = 1;
      return scaled;
    }
  }
}
