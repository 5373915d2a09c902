package org.quietune.data.icu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Summarizes the measurements of one stay: seven numbers for each variable. */
final class StayFeatures {
  /** The variables of the challenge that are measured over time. */
  static final List<String> VARIABLES =
      List.of(
          "Albumin",
          "ALP",
          "ALT",
          "AST",
          "Bilirubin",
          "BUN",
          "Cholesterol",
          "Creatinine",
          "DiasABP",
          "FiO2",
          "GCS",
          "Glucose",
          "HCO3",
          "HCT",
          "HR",
          "K",
          "Lactate",
          "Mg",
          "MAP",
          "MechVent",
          "Na",
          "NIDiasABP",
          "NIMAP",
          "NISysABP",
          "PaCO2",
          "PaO2",
          "pH",
          "Platelets",
          "RespRate",
          "SaO2",
          "SysABP",
          "Temp",
          "TroponinI",
          "TroponinT",
          "Urine",
          "WBC",
          "Weight");

  private static final List<String> STATISTICS =
      List.of("mean", "min", "max", "first", "last", "late_mean", "count");

  private static final int LATE_FROM_MINUTE = 24 * 60;

  private static final Map<String, Integer> INDEX = new HashMap<>();

  static {
    for (int v = 0; v < VARIABLES.size(); v++) {
      INDEX.put(VARIABLES.get(v), v);
    }
  }

  private final Series[] series = new Series[VARIABLES.size()];

  StayFeatures() {
    Arrays.setAll(series, v -> new Series());
  }

  /** The names of the features, in the order of {@link #values}. */
  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (String variable : VARIABLES) {
      for (String statistic : STATISTICS) {
        names.add(variable + "_" + statistic);
      }
    }
    return List.copyOf(names);
  }

  /** Whether this is a variable that is measured over time. */
  static boolean isVariable(String parameter) {
    return INDEX.containsKey(parameter);
  }

  /** Takes a measurement into account. Of measurements at one time, the later call is the later. */
  void add(String variable, int minute, double value) {
    Integer index = INDEX.get(variable);
    if (index == null) {
      throw new IllegalArgumentException(
          "variable must be one of " + VARIABLES + ", was " + variable);
    }
    series[index].add(minute, value);
  }

  /** The features; NaN for what was never measured, but 0 for its count. */
  float[] values() {
    float[] values = new float[series.length * STATISTICS.size()];
    int i = 0;
    for (Series one : series) {
      for (double statistic : one.statistics()) {
        values[i++] = (float) statistic;
      }
    }
    return values;
  }

  private static final class Series {
    private int count;
    private double sum;
    private double min = Double.NaN;
    private double max = Double.NaN;
    private int firstMinute = Integer.MAX_VALUE;
    private double first = Double.NaN;
    private int lastMinute = Integer.MIN_VALUE;
    private double last = Double.NaN;
    private int lateCount;
    private double lateSum;

    void add(int minute, double value) {
      min = count == 0 ? value : Math.min(min, value);
      max = count == 0 ? value : Math.max(max, value);
      count++;
      sum += value;
      if (minute < firstMinute) {
        firstMinute = minute;
        first = value;
      }
      if (minute >= lastMinute) {
        lastMinute = minute;
        last = value;
      }
      if (minute >= LATE_FROM_MINUTE) {
        lateCount++;
        lateSum += value;
      }
    }

    /** In the order of the names; 0/0 makes a mean of nothing NaN. */
    double[] statistics() {
      return new double[] {sum / count, min, max, first, last, lateSum / lateCount, count};
    }
  }
}
