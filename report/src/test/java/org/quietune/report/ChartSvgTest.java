package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartSvgTest {

  private static final String HOSTILE = "</title><script>alert('x\"&')</script>\u0000\uD800]]>";
  private static final String HOSTILE_SHOWN =
      "</title><script>alert('x\"&')</script>\uFFFD\uFFFD]]>";
  private static final double[] EPSILONS = {0.1, 0.5, 1, 2, 4, 8};

  @Test
  void drawsEveryPointBarAndTick() {
    Series bars =
        new Series(
            "QEM",
            EPSILONS,
            new double[] {.855, .861, .868, .872, .874, .876},
            new double[] {.004, .003, .002, .002, 0, Double.NaN});
    Series plain = Series.of("Pretrained", EPSILONS, new double[] {.85, .85, .85, .85, .85, .85});
    Document svg = render(new Chart("AUROC", "ε", "AUROC", true, List.of(bars, plain)));

    assertEquals("http://www.w3.org/2000/svg", svg.getDocumentElement().getNamespaceURI());
    assertEquals("img", svg.getDocumentElement().getAttribute("role"));
    assertEquals("0 0 720 400", svg.getDocumentElement().getAttribute("viewBox"));
    assertEquals("AUROC", Xml.texts(svg, "title").get(0));
    assertEquals(
        List.of(
            "Line chart of AUROC against ε. QEM: 0.855 at 0.1 to 0.876 at 8."
                + " Pretrained: 0.85 at 0.1 to 0.85 at 8."),
        Xml.texts(svg, "desc"));
    assertEquals(2, Xml.elements(svg, "g", "series").size());
    assertEquals(4, Xml.elements(svg, "path", "bar").size());
    // Twelve points and two in the legend.
    assertEquals(14, Xml.elements(svg, "path", "marker").size());
    List<String> texts = Xml.texts(svg, "text");
    assertTrue(texts.containsAll(List.of("0.1", "0.5", "1", "2", "4", "8")), texts.toString());
    assertTrue(texts.containsAll(List.of("QEM", "Pretrained", "bars: ± 1 standard deviation")));
    assertTrue(Xml.texts(svg, "title").contains("QEM: 0.868 ± 0.002 at 1"));
  }

  @Test
  void placesPointsWhereTheAxesSay() {
    Series series = Series.of("s", new double[] {0, 5, 10}, new double[] {0, 4, 1});
    Document svg = render(new Chart("", "", "", false, List.of(series)));
    List<double[]> points =
        Xml.elements(svg, "path", "marker").stream().map(ChartSvgTest::position).toList();
    assertEquals(3, points.size());
    assertEquals(points.get(1)[0] - points.get(0)[0], points.get(2)[0] - points.get(1)[0], 0.02);
    // SVG's y grows downward.
    double one = points.get(0)[1] - points.get(2)[1];
    assertTrue(one > 0);
    assertEquals(4 * one, points.get(0)[1] - points.get(1)[1], 0.05);
  }

  @Test
  void missingValuesAreNotDrawnAndBreakTheLine() {
    double[] y = {1, 2, Double.NaN, Double.POSITIVE_INFINITY, 3, 4};
    Document svg = render(new Chart("Gap", "x", "y", true, List.of(Series.of("s", EPSILONS, y))));
    assertEquals(4, Xml.elements(svg, "path", "marker").size());
    long lines =
        Xml.elements(svg, "path").stream()
            .filter(path -> path.getAttribute("stroke-linejoin").equals("round"))
            .count();
    assertEquals(2, lines);
  }

  @Test
  void valuesWithoutLogarithmAreNotDrawn() {
    Series zero = Series.of("s", new double[] {0, 1, 2}, new double[] {1, 1, 1});
    Document svg = render(new Chart("Log", "x", "y", true, List.of(zero)));
    assertEquals(2, Xml.elements(svg, "path", "marker").size());
  }

  @Test
  void singlePointIsDrawnInsideTheFrame() {
    for (boolean log : new boolean[] {false, true}) {
      Series one = Series.of("one", new double[] {1}, new double[] {0.5});
      Document svg = render(new Chart("One", "x", "y", log, log, List.of(one)));
      double[] position = position(Xml.elements(svg, "path", "marker").get(0));
      assertTrue(position[0] > 60 && position[0] < 700, "x " + position[0]);
      assertTrue(position[1] > 40 && position[1] < 350, "y " + position[1]);
    }
  }

  @Test
  void emptySeriesAndNoSeriesSaySo() {
    Series none = Series.of("none", new double[0], new double[0]);
    Series nan = Series.of("nan", new double[] {1}, new double[] {Double.NaN});
    for (List<Series> series : List.of(List.<Series>of(), List.of(none), List.of(none, nan))) {
      Document svg = render(new Chart("Empty", "x", "y", true, series));
      assertTrue(Xml.texts(svg, "text").contains("No data"));
    }
  }

  @Test
  void anEmptySeriesBesideAFullOneKeepsItsLegend() {
    Series none = Series.of("none", new double[0], new double[0]);
    Series full = Series.of("full", new double[] {1, 2}, new double[] {1, 2});
    Document svg = render(new Chart("Half", "x", "y", false, List.of(none, full)));
    assertTrue(Xml.texts(svg, "text").containsAll(List.of("none", "full")));
    assertFalse(Xml.texts(svg, "text").contains("No data"));
  }

  @Test
  void longLinesHaveNoMarkers() {
    double[] x = IntStream.range(0, 100).asDoubleStream().toArray();
    Document svg = render(new Chart("Long", "x", "y", false, List.of(Series.of("s", x, x))));
    assertEquals(0, Xml.elements(svg, "path", "marker").size());
  }

  @Test
  void textIsShownAndNeverObeyed() {
    Series series = Series.of(HOSTILE, new double[] {1, 2}, new double[] {1, 2});
    Chart chart = new Chart(HOSTILE, HOSTILE, HOSTILE, false, List.of(series, series));
    String text = ChartSvg.render(chart, 720, 400);
    assertFalse(text.contains("<script"), text);
    Document svg = Xml.parse(text);
    assertTrue(Xml.elements(svg, "script").isEmpty());
    assertEquals(HOSTILE_SHOWN, Xml.texts(svg, "title").get(0));
    assertTrue(Xml.texts(svg, "text").contains(HOSTILE_SHOWN));
  }

  @Property(tries = 200)
  void anyChartIsWellFormedAndFinite(
      @ForAll String name,
      @ForAll @Size(max = 6) List<Double> x,
      @ForAll boolean logX,
      @ForAll boolean logY) {
    double[] values = x.stream().mapToDouble(v -> v).toArray();
    double[] spread = x.stream().mapToDouble(Math::abs).toArray();
    Series series = new Series(name, values, values, spread);
    Chart chart = new Chart(name, name, name, logX, logY, List.of(series));
    Document svg = Xml.parse(ChartSvg.render(chart, 240, 160));
    for (Element path : Xml.elements(svg, "path")) {
      String drawn = path.getAttribute("d") + path.getAttribute("transform");
      assertFalse(drawn.contains("NaN") || drawn.contains("Infinity"), drawn);
    }
  }

  @Test
  void equalChartsGiveEqualText() {
    Chart chart = new Chart("A", "x", "y", true, List.of(Series.of("s", EPSILONS, EPSILONS)));
    Chart equal = new Chart("A", "x", "y", true, List.of(Series.of("s", EPSILONS, EPSILONS)));
    assertEquals(chart, equal);
    assertEquals(chart.hashCode(), equal.hashCode());
    assertEquals(ChartSvg.render(chart, 720, 400), ChartSvg.render(equal, 720, 400));
  }

  @Test
  void colorsStandOutOnWhite() {
    for (String color : Stroke.COLORS) {
      assertTrue(1.05 / (luminance(color) + 0.05) >= 3, color);
    }
    assertEquals(24, IntStream.range(0, 24).mapToObj(Stroke::of).distinct().count());
  }

  @Test
  void refusesWhatCannotBeDrawn() {
    Chart chart = new Chart("", "", "", false, List.of());
    assertThrows(IllegalArgumentException.class, () -> ChartSvg.render(chart, 100, 400));
    assertThrows(IllegalArgumentException.class, () -> ChartSvg.render(chart, 720, 10));
    double[] one = {1};
    double[] two = {1, 2};
    assertThrows(IllegalArgumentException.class, () -> new Series("s", one, two, one));
    assertThrows(IllegalArgumentException.class, () -> new Series("s", one, one, two));
    assertThrows(
        IllegalArgumentException.class, () -> new Series("s", one, one, new double[] {-1}));
  }

  /** Relative luminance as WCAG 2 defines it. */
  private static double luminance(String color) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double c = Integer.parseInt(color.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
      sum += weights[i] * (c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  private static double[] position(Element marker) {
    String[] parts =
        marker.getAttribute("transform").replaceAll("translate\\(|\\)", "").split(" ", -1);
    return new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
  }

  private static Document render(Chart chart) {
    return Xml.parse(ChartSvg.render(chart, 720, 400));
  }
}
