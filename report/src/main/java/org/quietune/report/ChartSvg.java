package org.quietune.report;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Draws a {@link Chart} as one standalone SVG element, which can also stand inside HTML.
 *
 * <p>The drawing is on a white card, so it reads the same on light and dark pages; it refers to
 * nothing outside itself, holds no script, and needs no font of this machine. Equal charts give
 * equal text. Markers are drawn while a line has at most {@value #MOST_MARKERS} points. Where
 * several series have error bars, their points at one abscissa stand a few pixels apart so that the
 * bars do not cover each other. Each marker tells its numbers when pointed at.
 */
public final class ChartSvg {

  private static final int MOST_MARKERS = 25;
  private static final int SMALLEST_WIDTH = 240;
  private static final int SMALLEST_HEIGHT = 160;

  private static final int PADDING = 16;
  private static final int TITLE_SIZE = 16;
  private static final int TEXT_SIZE = 12;
  private static final int LINE_HEIGHT = 20;
  private static final double DODGE = 5;

  /** Mean advance of a sans-serif letter in units of its size, a little wide to be safe. */
  private static final double ADVANCE = 0.58;

  private final Chart chart;
  private final int width;
  private final int height;
  private final StringBuilder out = new StringBuilder();

  private ChartSvg(Chart chart, int width, int height) {
    this.chart = chart;
    this.width = width;
    this.height = height;
  }

  /**
   * The chart as SVG.
   *
   * @param width of the drawing in CSS pixels, at least {@value #SMALLEST_WIDTH}
   * @param height of the drawing in CSS pixels, at least {@value #SMALLEST_HEIGHT}
   */
  public static String render(Chart chart, int width, int height) {
    if (width < SMALLEST_WIDTH) {
      throw new IllegalArgumentException("width must be at least " + SMALLEST_WIDTH + ": " + width);
    }
    if (height < SMALLEST_HEIGHT) {
      throw new IllegalArgumentException(
          "height must be at least " + SMALLEST_HEIGHT + ": " + height);
    }
    return new ChartSvg(chart, width, height).render();
  }

  /** What a text is, and so how it looks. */
  private enum Ink {
    TITLE("fill=\"#111827\" font-size=\"" + TITLE_SIZE + "\" font-weight=\"600\""),
    LABEL("fill=\"#374151\" font-weight=\"600\""),
    PLAIN("fill=\"#374151\""),
    NOTE("fill=\"#4b5563\" font-style=\"italic\"");

    private final String attributes;

    Ink(String attributes) {
      this.attributes = attributes;
    }
  }

  /** A point that has its place on both axes. */
  private record Point(double x, double y, double spread) {}

  /**
   * A series as it is drawn: a null-free list of its points in runs, broken where one is missing.
   */
  private record Line(String name, Stroke stroke, List<List<Point>> runs, double shift) {
    List<Point> points() {
      return runs.stream().flatMap(List::stream).toList();
    }
  }

  /** The rectangle of the data, in pixels, with its axes. */
  private record Frame(double left, double top, double right, double bottom, Axis xs, Axis ys) {
    double x(double value) {
      return left + xs.fraction(value) * (right - left);
    }

    double y(double value) {
      return bottom - ys.fraction(value) * (bottom - top);
    }
  }

  private String render() {
    List<Line> lines = lines();
    out.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%d" \
        viewBox="0 0 %d %d" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, \
        'Helvetica Neue', Arial, sans-serif" font-size="%d">
        <title>%s</title>
        <desc>%s</desc>
        <rect x="0.5" y="0.5" width="%d" height="%d" rx="8" fill="#ffffff" stroke="#d5dae0"/>
        """
            .formatted(
                width,
                height,
                width,
                height,
                TEXT_SIZE,
                Markup.escape(chart.title()),
                Markup.escape(description(lines)),
                width - 1,
                height - 1));
    double top = legend(lines, title(PADDING));
    if (lines.stream().allMatch(line -> line.runs().isEmpty())) {
      text(width / 2.0, (top + height) / 2.0, "middle", "No data", Ink.PLAIN);
    } else {
      Frame frame = frame(lines, top);
      grid(frame);
      lines.forEach(line -> draw(line, frame));
    }
    return out.append("</svg>\n").toString();
  }

  private List<Line> lines() {
    List<Series> series = chart.series();
    long barred = series.stream().filter(ChartSvg::hasSpread).count();
    List<Line> lines = new ArrayList<>();
    int bar = 0;
    for (int i = 0; i < series.size(); i++) {
      Series s = series.get(i);
      double shift = hasSpread(s) ? (bar++ - (barred - 1) / 2.0) * DODGE : 0;
      lines.add(new Line(s.name(), Stroke.of(i), runs(s), shift));
    }
    return lines;
  }

  private static boolean hasSpread(Series series) {
    for (double spread : series.spread()) {
      if (spread > 0) {
        return true;
      }
    }
    return false;
  }

  private List<List<Point>> runs(Series series) {
    double[] x = series.x();
    double[] y = series.y();
    double[] spread = series.spread();
    List<List<Point>> runs = new ArrayList<>();
    List<Point> run = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      if (Axis.accepts(chart.logX(), x[i]) && Axis.accepts(chart.logY(), y[i])) {
        boolean barred =
            spread[i] > 0
                && Axis.accepts(chart.logY(), y[i] - spread[i])
                && Axis.accepts(chart.logY(), y[i] + spread[i]);
        run.add(new Point(x[i], y[i], barred ? spread[i] : 0));
      } else if (!run.isEmpty()) {
        runs.add(run);
        run = new ArrayList<>();
      }
    }
    if (!run.isEmpty()) {
      runs.add(run);
    }
    return runs;
  }

  private String description(List<Line> lines) {
    String ranges =
        lines.stream()
            .filter(line -> !line.runs().isEmpty())
            .map(
                line -> {
                  List<Point> points = line.points();
                  Point first = points.get(0);
                  Point last = points.get(points.size() - 1);
                  return "%s: %s at %s to %s at %s."
                      .formatted(
                          line.name(),
                          Numbers.near(first.y(), 4),
                          Numbers.near(first.x(), 4),
                          Numbers.near(last.y(), 4),
                          Numbers.near(last.x(), 4));
                })
            .collect(Collectors.joining(" "));
    return "Line chart of %s against %s. %s".formatted(chart.yLabel(), chart.xLabel(), ranges);
  }

  /** Returns the y below it. */
  private double title(double top) {
    double y = top;
    for (String row : wrapped(chart.title(), width - 2 * PADDING, TITLE_SIZE)) {
      y += LINE_HEIGHT;
      text(PADDING, y - 5, "start", row, Ink.TITLE);
    }
    return y + 4;
  }

  /** Returns the y below it. */
  private double legend(List<Line> lines, double top) {
    boolean bars = chart.series().stream().anyMatch(ChartSvg::hasSpread);
    if (lines.size() < 2 && !bars) {
      return top + 8;
    }
    double x = PADDING;
    double y = top + LINE_HEIGHT / 2.0;
    for (Line line : lines) {
      double advance = 34 + textWidth(line.name(), TEXT_SIZE) + 18;
      if (x > PADDING && x + advance > width - PADDING + 18) {
        x = PADDING;
        y += LINE_HEIGHT;
      }
      path("M%s,%sh26".formatted(Numbers.pixel(x), Numbers.pixel(y)), line.stroke());
      marker(x + 13, y, line.stroke(), "");
      text(x + 34, y + 4, "start", line.name(), Ink.PLAIN);
      x += advance;
    }
    if (bars) {
      String note = "bars: ± 1 standard deviation";
      if (x + textWidth(note, TEXT_SIZE) > width - PADDING) {
        x = PADDING;
        y += LINE_HEIGHT;
      }
      text(x, y + 4, "start", note, Ink.NOTE);
    }
    return y + LINE_HEIGHT;
  }

  private Frame frame(List<Line> lines, double top) {
    TreeSet<Double> x = new TreeSet<>();
    TreeSet<Double> y = new TreeSet<>();
    for (Line line : lines) {
      for (Point point : line.points()) {
        // Adding zero makes −0 the same tick as 0.
        x.add(point.x() + 0.0);
        y.add(point.y() - point.spread() + 0.0);
        y.add(point.y() + point.spread() + 0.0);
      }
    }
    double bottom = height - PADDING - LINE_HEIGHT - (chart.xLabel().isBlank() ? 0 : LINE_HEIGHT);
    int intervals = (int) Math.max(2, Math.min(7, (bottom - top) / 45));
    Axis ys = chart.logY() ? Axis.logarithmic(y, intervals) : Axis.linear(y, intervals);
    Axis xs =
        chart.logX() ? Axis.logarithmicWithOwnTicks(x) : Axis.linear(x, Math.max(2, width / 90));
    double labels =
        ys.ticks().stream().mapToDouble(t -> textWidth(t.label(), TEXT_SIZE)).max().orElse(0);
    double left = PADDING + (chart.yLabel().isBlank() ? 0 : LINE_HEIGHT) + labels + 8;
    return new Frame(
        Math.rint(left),
        Math.rint(top),
        width - PADDING - 8,
        Math.max(Math.rint(bottom), Math.rint(top) + LINE_HEIGHT),
        xs,
        ys);
  }

  private void grid(Frame frame) {
    out.append("<g stroke=\"#e5e7eb\" shape-rendering=\"crispEdges\">\n");
    for (Axis.Tick tick : frame.ys().ticks()) {
      segment(frame.left(), frame.y(tick.value()), frame.right(), frame.y(tick.value()));
    }
    out.append("</g>\n<g stroke=\"#6b7280\" shape-rendering=\"crispEdges\">\n");
    segment(frame.left(), frame.bottom(), frame.right(), frame.bottom());
    for (Axis.Tick tick : frame.xs().ticks()) {
      segment(frame.x(tick.value()), frame.bottom(), frame.x(tick.value()), frame.bottom() + 5);
    }
    out.append("</g>\n");
    for (Axis.Tick tick : frame.ys().ticks()) {
      text(frame.left() - 8, frame.y(tick.value()) + 4, "end", tick.label(), Ink.PLAIN);
    }
    double free = Double.NEGATIVE_INFINITY;
    for (Axis.Tick tick : frame.xs().ticks()) {
      double half = textWidth(tick.label(), TEXT_SIZE) / 2;
      double x = frame.x(tick.value());
      // A label that would run into its neighbor is left out; its tick mark stays.
      if (x - half >= free) {
        text(x, frame.bottom() + 19, "middle", tick.label(), Ink.PLAIN);
        free = x + half + 4;
      }
    }
    axisLabels(frame);
  }

  private void axisLabels(Frame frame) {
    if (!chart.xLabel().isBlank()) {
      double middle = (frame.left() + frame.right()) / 2;
      text(middle, frame.bottom() + 38, "middle", chart.xLabel(), Ink.LABEL);
    }
    if (!chart.yLabel().isBlank()) {
      String x = Numbers.pixel(PADDING + 10);
      String y = Numbers.pixel((frame.top() + frame.bottom()) / 2);
      out.append(
          "<text transform=\"translate(%s %s) rotate(-90)\" text-anchor=\"middle\" %s>%s</text>\n"
              .formatted(x, y, Ink.LABEL.attributes, Markup.escape(chart.yLabel())));
    }
  }

  private void draw(Line line, Frame frame) {
    List<Point> points = line.points();
    Stroke stroke = line.stroke();
    out.append("<g class=\"series\">\n");
    for (List<Point> run : line.runs()) {
      if (run.size() > 1) {
        String steps =
            run.stream()
                .map(p -> position(frame.x(p.x()) + line.shift(), frame.y(p.y())))
                .collect(Collectors.joining("L", "M", ""));
        path(steps, stroke);
      }
    }
    for (Point point : points) {
      if (point.spread() > 0) {
        errorBar(point, frame, line);
      }
    }
    for (List<Point> run : line.runs()) {
      // A point without neighbors has no line to show it.
      if (points.size() <= MOST_MARKERS || run.size() == 1) {
        for (Point point : run) {
          marker(
              frame.x(point.x()) + line.shift(),
              frame.y(point.y()),
              stroke,
              tip(line.name(), point));
        }
      }
    }
    out.append("</g>\n");
  }

  private void errorBar(Point point, Frame frame, Line line) {
    double x = frame.x(point.x()) + line.shift();
    double low = frame.y(point.y() - point.spread());
    double high = frame.y(point.y() + point.spread());
    String cap = Numbers.pixel(x - 3);
    out.append(
        "<path class=\"bar\" d=\"M%sh6M%sV%sM%sh6\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.2\" opacity=\"0.75\"/>\n"
            .formatted(
                cap + "," + Numbers.pixel(low),
                position(x, low),
                Numbers.pixel(high),
                cap + "," + Numbers.pixel(high),
                line.stroke().color()));
  }

  private static String tip(String name, Point point) {
    String spread = point.spread() > 0 ? " ± " + Numbers.near(point.spread(), 2) : "";
    return "%s: %s%s at %s"
        .formatted(name, Numbers.near(point.y(), 5), spread, Numbers.near(point.x(), 5));
  }

  private void path(String d, Stroke stroke) {
    String dash = stroke.dash().equals("none") ? "" : " stroke-dasharray=\"" + stroke.dash() + '"';
    out.append(
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"%s/>\n"
            .formatted(d, stroke.color(), dash));
  }

  private void marker(double x, double y, Stroke stroke, String tip) {
    String title = tip.isEmpty() ? "" : "<title>" + Markup.escape(tip) + "</title>";
    out.append(
        "<path class=\"marker\" d=\"%s\" transform=\"translate(%s %s)\" fill=\"%s\" stroke=\"#ffffff\">%s</path>\n"
            .formatted(stroke.marker(), Numbers.pixel(x), Numbers.pixel(y), stroke.color(), title));
  }

  private void segment(double x1, double y1, double x2, double y2) {
    out.append("<path d=\"M%sL%s\"/>\n".formatted(position(x1, y1), position(x2, y2)));
  }

  private void text(double x, double y, String anchor, String content, Ink ink) {
    out.append(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" %s>%s</text>\n"
            .formatted(
                Numbers.pixel(x),
                Numbers.pixel(y),
                anchor,
                ink.attributes,
                Markup.escape(content)));
  }

  private static String position(double x, double y) {
    return Numbers.pixel(x) + "," + Numbers.pixel(y);
  }

  private static double textWidth(String text, int size) {
    return text.codePointCount(0, text.length()) * size * ADVANCE;
  }

  private static List<String> wrapped(String text, double room, int size) {
    List<String> rows = new ArrayList<>();
    String row = "";
    for (String word : text.strip().split("\\s+", -1)) {
      String longer = row.isEmpty() ? word : row + " " + word;
      if (!row.isEmpty() && textWidth(longer, size) > room) {
        rows.add(row);
        row = word;
      } else {
        row = longer;
      }
    }
    if (!row.isEmpty()) {
      rows.add(row);
    }
    return rows;
  }
}
