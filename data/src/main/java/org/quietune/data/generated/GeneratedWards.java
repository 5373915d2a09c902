package org.quietune.data.generated;

import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The embedded default of the quickstart: two hospital wards, generated. No row describes a real
 * person.
 *
 * <p>The task is to predict from vital signs and laboratory values whether a patient deteriorates.
 * The public general ward and the private cardiac ward differ in what deterioration depends on: in
 * the cardiac ward (where, so the story goes, most patients take beta blockers) a <em>low</em>
 * heart rate is the bad sign, potassium, hemoglobin and troponin matter that hardly matter
 * elsewhere, and more patients deteriorate. So a model of the general ward does poorly there until
 * it is fine-tuned, and a person can see why.
 *
 * <p>Every run writes the same bytes, on every platform.
 */
public final class GeneratedWards {
  /** Rows of the public ward. */
  public static final int GENERAL_WARD_ROWS = 4000;

  /** Rows of the private ward. */
  public static final int CARDIAC_WARD_ROWS = 3000;

  /** Rows of the held-out test set, of the private ward's population. */
  public static final int CARDIAC_WARD_TEST_ROWS = 2000;

  /** The column that names the privacy unit in the cardiac ward's files. */
  public static final String UNIT_COLUMN = "patient_id";

  /** The label: 1 if the patient deteriorated. */
  public static final String LABEL_COLUMN = "deteriorated";

  private static final long SEED = 20_120_521;

  /**
   * A column.
   *
   * @param center value of the average general-ward patient
   * @param scale standard deviation; of the logarithm for a skewed column
   * @param skewed whether the value is log-normal
   * @param decimals digits after the point
   * @param frailtyLoading correlation with the patient's frailty, which ties the columns together
   * @param missingRate probability that it was not measured
   * @param cardiacShift by how many standard deviations cardiac patients differ
   * @param generalWeight log-odds of deterioration per standard deviation, general ward
   * @param cardiacWeight the same, cardiac ward
   */
  private record Column(
      String name,
      double center,
      double scale,
      boolean skewed,
      int decimals,
      double frailtyLoading,
      double missingRate,
      double cardiacShift,
      double generalWeight,
      double cardiacWeight) {

    String show(double standardized) {
      double value =
          skewed ? center * StrictMath.exp(scale * standardized) : center + scale * standardized;
      double power = StrictMath.pow(10, decimals);
      return BigDecimal.valueOf(Math.round(value * power), decimals).toPlainString();
    }
  }

  private static final List<Column> COLUMNS =
      List.of(
          new Column("age", 62, 14, false, 0, .4, 0, .4, .6, .4),
          new Column("heart_rate", 84, 15, false, 0, .3, .01, -.3, .9, -.5),
          new Column("systolic_bp", 126, 20, false, 0, -.3, .01, -.2, -.7, -.9),
          new Column("respiratory_rate", 18, 4, false, 0, .4, .03, .1, .9, .5),
          new Column("temperature", 37, .7, false, 1, .2, .05, -.2, .7, .1),
          new Column("oxygen_saturation", 95, 2.5, false, 1, -.4, .02, -.1, -.8, -.6),
          new Column("lactate", 1.5, .4, true, 1, .4, .15, .2, .7, 1.1),
          new Column("creatinine", 1, .4, true, 2, .4, .1, .3, .4, .7),
          new Column("sodium", 139, 4, false, 0, -.1, .05, 0, -.3, .3),
          new Column("potassium", 4.1, .5, false, 1, .1, .05, .2, .1, 1),
          new Column("hemoglobin", 12.5, 1.8, false, 1, -.4, .08, -.1, -.2, -.8),
          new Column("troponin", .02, .4, true, 4, .3, .2, .6, .1, 1.5));

  private static final double GENERAL_INTERCEPT = -1.5;
  private static final double CARDIAC_INTERCEPT = -1.9;

  /** The names of the feature columns, in the order of the files. */
  public static List<String> featureColumns() {
    return COLUMNS.stream().map(Column::name).toList();
  }

  /**
   * Writes {@code general-ward.csv}, {@code cardiac-ward.csv} and {@code cardiac-ward-test.csv}.
   *
   * @param directory made if it is not there
   */
  public void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    PublicDataGenerator random = new PublicDataGenerator(SEED);
    String columns = String.join(",", featureColumns()) + "," + LABEL_COLUMN;
    write(directory.resolve("general-ward.csv"), columns, generalWard(random));
    List<String> cardiac = cardiacWard(random, 1, CARDIAC_WARD_ROWS);
    write(directory.resolve("cardiac-ward.csv"), UNIT_COLUMN + "," + columns, cardiac);
    List<String> test = cardiacWard(random, CARDIAC_WARD_ROWS + 1, CARDIAC_WARD_TEST_ROWS);
    write(directory.resolve("cardiac-ward-test.csv"), UNIT_COLUMN + "," + columns, test);
  }

  private static List<String> generalWard(PublicDataGenerator random) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < GENERAL_WARD_ROWS; i++) {
      rows.add(row(random, random.normal(), false));
    }
    return rows;
  }

  /** One to three rows per patient, 1.5 on average, the rows of a patient scattered. */
  private static List<String> cardiacWard(PublicDataGenerator random, int firstId, int count) {
    List<String> rows = new ArrayList<>();
    for (int patient = firstId; rows.size() < count; patient++) {
      double frailty = random.normal();
      double u = random.uniform();
      int visits = u < .6 ? 1 : u < .9 ? 2 : 3;
      for (int visit = 0; visit < visits && rows.size() < count; visit++) {
        rows.add("c" + (10_000 + patient) + "," + row(random, frailty, true));
      }
    }
    for (int i = rows.size() - 1; i > 0; i--) {
      int j = random.below(i + 1);
      String swapped = rows.get(i);
      rows.set(i, rows.get(j));
      rows.set(j, swapped);
    }
    return rows;
  }

  private static String row(PublicDataGenerator random, double frailty, boolean cardiac) {
    StringBuilder row = new StringBuilder();
    double logOdds = cardiac ? CARDIAC_INTERCEPT : GENERAL_INTERCEPT;
    for (Column column : COLUMNS) {
      double loading = column.frailtyLoading();
      double z = loading * frailty + StrictMath.sqrt(1 - loading * loading) * random.normal();
      z += cardiac ? column.cardiacShift() : 0;
      logOdds += z * (cardiac ? column.cardiacWeight() : column.generalWeight());
      boolean missing = random.uniform() < column.missingRate();
      row.append(missing ? "" : column.show(z)).append(',');
    }
    boolean deteriorated = random.uniform() < 1 / (1 + StrictMath.exp(-logOdds));
    return row.append(deteriorated ? 1 : 0).toString();
  }

  private static void write(Path file, String header, List<String> rows) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write(header);
      out.write('\n');
      for (String row : rows) {
        out.write(row);
        out.write('\n');
      }
    }
  }
}
