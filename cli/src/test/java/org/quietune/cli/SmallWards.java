package org.quietune.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** Two small tables with three columns, and ways to spoil them. */
final class SmallWards {
  static final int PUBLIC_ROWS = 240;
  static final int PRIVATE_ROWS = 180;
  static final String PUBLIC_HEADER = "age,pulse,lactate,died";
  static final String PRIVATE_HEADER = "patient_id,age,pulse,lactate,died";

  private SmallWards() {}

  static List<String> publicLines() {
    return lines(PUBLIC_HEADER, PUBLIC_ROWS, 1, false);
  }

  static List<String> privateLines() {
    return lines(PRIVATE_HEADER, PRIVATE_ROWS, 2, true);
  }

  private static List<String> lines(String header, int rows, long seed, boolean units) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> lines = new ArrayList<>(List.of(header));
    for (int i = 0; i < rows; i++) {
      double age = random.nextDouble(20, 90);
      double pulse = random.nextDouble(50, 130);
      String lactate = i % 7 == 0 ? "" : "%.2f".formatted(random.nextDouble(0.5, 5));
      double logOdds = (age - 55) / 15 + (units ? -1 : 1) * (pulse - 90) / 20;
      int died = random.nextDouble() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0;
      String row = "%.1f,%.1f,%s,%d".formatted(age, pulse, lactate, died);
      lines.add(units ? "p" + i / 2 + "," + row : row);
    }
    return lines;
  }

  static Path write(Path file, List<String> lines) {
    try {
      return Files.write(file, lines);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The lines with one cell replaced; line 1 is the header. */
  static List<String> withCell(List<String> lines, int line, String column, String value) {
    int index = List.of(lines.get(0).split(",")).indexOf(column);
    return changed(
        lines,
        line,
        old -> {
          String[] cells = old.split(",", -1);
          cells[index] = value;
          return String.join(",", cells);
        });
  }

  static List<String> withHeader(List<String> lines, String from, String to) {
    return changed(lines, 1, header -> header.replace(from, to));
  }

  private static List<String> changed(List<String> lines, int line, UnaryOperator<String> change) {
    List<String> changed = new ArrayList<>(lines);
    changed.set(line - 1, change.apply(lines.get(line - 1)));
    return changed;
  }
}
