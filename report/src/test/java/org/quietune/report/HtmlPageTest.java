package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class HtmlPageTest {

  private static final String HOSTILE = "<script>alert(1)</script>\" onload='x' &amp; --> </style>";

  @Test
  void partsStandInOrderWithTheirMeaning() {
    Series series = new Series("s", new double[] {1, 2}, new double[] {3, 4}, new double[] {0, .5});
    Document page =
        Xml.parse(
            HtmlPage.titled("Title")
                .paragraph("Text")
                .heading("Section")
                .keyFigures(Map.of("name", "value"))
                .table("Caption", new Table(List.of("k", "v"), List.of(List.of("a", "1.5"))))
                .chart(new Chart("C", "x", "y", false, List.of(series)))
                .notice("n")
                .warning("w")
                .alarm("Loud", "a")
                .details("More", "pre\n text")
                .list(List.of("one", "two"))
                .render());
    assertEquals("en", page.getDocumentElement().getAttribute("lang"));
    assertEquals(List.of("Title"), Xml.texts(page, "h1"));
    assertEquals(List.of("Section"), Xml.texts(page, "h2"));
    assertEquals(List.of("Caption", "C"), Xml.texts(page, "caption"));
    assertEquals(List.of("k", "v", "a"), Xml.texts(page, "th").subList(0, 3));
    assertEquals(
        List.of("col", "col", "row"),
        Xml.elements(page, "th").stream().limit(3).map(e -> e.getAttribute("scope")).toList());
    assertEquals("number", Xml.elements(page, "td").get(0).getAttribute("class"));
    assertEquals(List.of("1.5", "3", "4 ± 0.5"), Xml.texts(page, "td"));
    assertEquals(List.of("one", "two"), Xml.texts(page, "li"));
    assertEquals(List.of("name"), Xml.texts(page, "dt"));
    assertEquals(List.of("value"), Xml.texts(page, "dd"));
    assertEquals(List.of("Note: n"), contents(page, "notice"));
    assertEquals(List.of("Warning: w"), contents(page, "warning"));
    assertEquals(List.of("Loud a"), contents(page, "alarm"));
    assertEquals(List.of("pre\n text"), Xml.texts(page, "pre"));
  }

  @Test
  void loadsAndRunsNothing() {
    String text = FineTuningReportTest.sample(true).html();
    Document page = Xml.parse(text);
    for (String name : List.of("script", "link", "img", "iframe", "object", "a", "image", "use")) {
      assertTrue(Xml.elements(page, name).isEmpty(), name);
    }
    assertFalse(text.contains("url("), "style sheets must not load");
    assertFalse(text.replace("http://www.w3.org/2000/svg", "").contains("://"), "no addresses");
    assertTrue(text.contains("default-src 'none'"));
  }

  @Test
  void everyArgumentIsText() {
    Table table = new Table(List.of(HOSTILE, HOSTILE), List.of(List.of(HOSTILE, HOSTILE)));
    Series series = Series.of(HOSTILE, new double[] {1}, new double[] {1});
    String text =
        HtmlPage.titled(HOSTILE)
            .heading(HOSTILE)
            .paragraph(HOSTILE)
            .list(List.of(HOSTILE))
            .table(HOSTILE, table)
            .chart(new Chart(HOSTILE, HOSTILE, HOSTILE, true, List.of(series, series)))
            .keyFigures(Map.of(HOSTILE, HOSTILE))
            .notice(HOSTILE)
            .warning(HOSTILE)
            .alarm(HOSTILE, HOSTILE)
            .details(HOSTILE, HOSTILE)
            .preformatted(HOSTILE)
            .render();
    assertFalse(text.contains("<script"), text);
    Document page = Xml.parse(text);
    assertTrue(Xml.elements(page, "script").isEmpty());
    assertTrue(
        Xml.elements(page, "*").stream().noneMatch(element -> element.hasAttribute("onload")));
    for (String name : List.of("h1", "h2", "li", "caption", "th", "td", "dt", "dd", "pre")) {
      assertEquals(HOSTILE, Xml.texts(page, name).get(0), name);
    }
  }

  @Test
  void missingValuesOfAChartAreDashesInItsTable() {
    Series a = Series.of("a", new double[] {1, 2}, new double[] {5, Double.NaN});
    Series b = Series.of("b", new double[] {2}, new double[] {7});
    Chart chart = new Chart("C", "", "y", false, List.of(a, b));
    Document page = Xml.parse(HtmlPage.titled("T").chart(chart).render());
    assertEquals(List.of("5", "–", "–", "7"), Xml.texts(page, "td"));
  }

  private static List<String> contents(Document page, String styleClass) {
    return Xml.elements(page, "div", styleClass).stream().map(Element::getTextContent).toList();
  }
}
