package org.quietune.data.generated;

import java.util.ArrayList;
import java.util.List;

/**
 * The pen's way for one digit: polylines, each of x and y in turn. Every change is drawn from a
 * generator and uses StrictMath, so that its bits are the same everywhere.
 */
final class DigitCurve {
  /** Points of the curve from one point of a skeleton to the next. */
  private static final int STEPS = 6;

  /** Skeletons fill a square; digits are narrower. */
  private static final double USUAL_ASPECT = 0.76;

  private final List<double[]> lines;

  private DigitCurve(List<double[]> lines) {
    this.lines = lines;
  }

  /**
   * Curves through a skeleton's points, each moved a little.
   *
   * @param jitter standard deviation of a point's move
   */
  static DigitCurve through(
      DigitSkeletons.Variant skeleton, double jitter, PublicDataGenerator random) {
    List<double[]> lines = new ArrayList<>();
    for (double[] stroke : skeleton.strokes()) {
      double[] moved = new double[stroke.length];
      for (int i = 0; i < stroke.length; i += 2) {
        if (isCorner(stroke, i)) {
          moved[i] = moved[i - 2];
          moved[i + 1] = moved[i - 1];
        } else {
          moved[i] = stroke[i] + jitter * random.normal();
          moved[i + 1] = stroke[i + 1] + jitter * random.normal();
        }
      }
      lines.add(catmullRom(stroke, moved));
    }
    return new DigitCurve(lines);
  }

  /** Whether the point at {@code i} repeats the one before it. */
  private static boolean isCorner(double[] stroke, int i) {
    return i >= 2 && stroke[i] == stroke[i - 2] && stroke[i + 1] == stroke[i - 1];
  }

  /** Uniform Catmull–Rom; at ends and corners the curve goes straight on. */
  private static double[] catmullRom(double[] stroke, double[] p) {
    int points = p.length / 2;
    double[] line = new double[2 * (STEPS * (points - 1) + 1)];
    int size = 0;
    for (int i = 0; i + 1 < points; i++) {
      if (isCorner(stroke, 2 * i + 2)) {
        continue;
      }
      boolean starts = i == 0 || isCorner(stroke, 2 * i);
      boolean ends = i + 2 == points || isCorner(stroke, 2 * i + 4);
      for (int step = 0; step < STEPS; step++) {
        double t = (double) step / STEPS;
        for (int axis = 0; axis < 2; axis++) {
          double b = p[2 * i + axis];
          double c = p[2 * i + 2 + axis];
          double a = starts ? 2 * b - c : p[2 * i - 2 + axis];
          double d = ends ? 2 * c - b : p[2 * i + 4 + axis];
          line[size++] =
              b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
        }
      }
    }
    line[size++] = p[p.length - 2];
    line[size++] = p[p.length - 1];
    double[] exact = new double[size];
    System.arraycopy(line, 0, exact, 0, size);
    return exact;
  }

  /** Bends by smooth waves, then slants, rotates and stretches. */
  void bend(PublicDataGenerator random) {
    for (int wave = 0; wave < 2; wave++) {
      double alongX = 0.042 * random.normal();
      double alongY = 0.042 * random.normal();
      double frequencyX = 0.3 + 1.1 * random.uniform();
      double frequencyY = 0.3 + 1.1 * random.uniform();
      double phaseX = random.uniform();
      double phaseY = random.uniform();
      for (double[] line : lines) {
        for (int i = 0; i < line.length; i += 2) {
          double x = line[i];
          double y = line[i + 1];
          line[i] += alongX * StrictMath.sin(2 * Math.PI * (frequencyX * y + phaseX));
          line[i + 1] += alongY * StrictMath.sin(2 * Math.PI * (frequencyY * x + phaseY));
        }
      }
    }
    double aspect = USUAL_ASPECT * StrictMath.exp(0.27 * random.normal());
    double slant = 0.14 + 0.26 * random.normal();
    double angle = 0.13 * random.normal();
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    for (double[] line : lines) {
      for (int i = 0; i < line.length; i += 2) {
        double y = line[i + 1] - 0.5;
        double x = aspect * (line[i] - 0.5) - slant * y;
        line[i] = cos * x - sin * y;
        line[i + 1] = sin * x + cos * y;
      }
    }
  }

  /**
   * Scales so that the longer side has a length, and moves the center of the pen's way to a point.
   */
  void fit(double side, double centerX, double centerY) {
    double[] least = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
    double[] most = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
    double length = 0;
    double[] moment = new double[2];
    for (double[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        least[i % 2] = Math.min(least[i % 2], line[i]);
        most[i % 2] = Math.max(most[i % 2], line[i]);
      }
      for (int i = 0; i + 3 < line.length; i += 2) {
        double dx = line[i + 2] - line[i];
        double dy = line[i + 3] - line[i + 1];
        double piece = Math.sqrt(dx * dx + dy * dy);
        length += piece;
        moment[0] += piece * (line[i] + line[i + 2]) / 2;
        moment[1] += piece * (line[i + 1] + line[i + 3]) / 2;
      }
    }
    double scale = side / Math.max(most[0] - least[0], most[1] - least[1]);
    double[] center = {centerX, centerY};
    for (double[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        line[i] = center[i % 2] + scale * (line[i] - moment[i % 2] / length);
      }
    }
  }

  /**
   * Draws with a round pen. Each pixel becomes the largest ink of any piece of the way: 1 within
   * the pen, falling to 0 over {@code softness} pixels around its edge.
   *
   * @param ink side × side, row by row; pixel (x, y) has its center there
   */
  void draw(double[] ink, int side, double radius, double softness) {
    for (double[] line : lines) {
      for (int i = 0; i + 3 < line.length; i += 2) {
        drawPiece(ink, side, line[i], line[i + 1], line[i + 2], line[i + 3], radius, softness);
      }
    }
  }

  private static void drawPiece(
      double[] ink,
      int side,
      double x0,
      double y0,
      double x1,
      double y1,
      double radius,
      double softness) {
    double reach = radius + softness / 2;
    int left = (int) Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
    int right = (int) Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach));
    int top = (int) Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
    int bottom = (int) Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach));
    double dx = x1 - x0;
    double dy = y1 - y0;
    double squared = dx * dx + dy * dy;
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        double along = squared == 0 ? 0 : ((x - x0) * dx + (y - y0) * dy) / squared;
        double nearest = Math.max(0, Math.min(1, along));
        double ex = x - x0 - nearest * dx;
        double ey = y - y0 - nearest * dy;
        double value = (radius - Math.sqrt(ex * ex + ey * ey)) / softness + 0.5;
        int at = y * side + x;
        ink[at] = Math.max(ink[at], Math.min(1, value));
      }
    }
  }
}
