package org.quietune.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * Builds one HTML page that stands alone: styles and drawings are inside it, it loads nothing, runs
 * nothing (its content security policy forbids both), and prints well. The page is also well-formed
 * XML. Every argument is text, shown as it is.
 *
 * <p>Parts appear in the order of the calls.
 */
public final class HtmlPage {

  private static final int CHART_WIDTH = 820;
  private static final int CHART_HEIGHT = 440;
  private static final String STYLE = style();

  private final String title;
  private final StringBuilder body = new StringBuilder();

  private HtmlPage(String title) {
    this.title = title;
  }

  /** A page with that title, which is also its first heading. */
  public static HtmlPage titled(String title) {
    return new HtmlPage(title);
  }

  /** Begins a section. */
  public HtmlPage heading(String text) {
    return element("h2", text);
  }

  /** Adds running text. */
  public HtmlPage paragraph(String text) {
    return element("p", text);
  }

  /** Adds a bulleted list. */
  public HtmlPage list(List<String> items) {
    body.append("<ul>\n");
    items.forEach(item -> element("li", item));
    body.append("</ul>\n");
    return this;
  }

  /** Adds a table whose first column names its rows; columns of numbers are aligned right. */
  public HtmlPage table(String caption, Table table) {
    scrollable(caption).append("<table>\n");
    element("caption", caption);
    body.append("<thead><tr>");
    for (int c = 0; c < table.header().size(); c++) {
      cell("th scope=\"col\"", numberClass(table, c), table.header().get(c));
    }
    body.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : table.rows()) {
      body.append("<tr>");
      for (int c = 0; c < row.size(); c++) {
        cell(c == 0 ? "th scope=\"row\"" : "td", numberClass(table, c), row.get(c));
      }
      body.append("</tr>\n");
    }
    body.append("</tbody>\n</table>\n</div>\n");
    return this;
  }

  /** Adds a chart, with its numbers in a table that can be opened below it. */
  public HtmlPage chart(Chart chart) {
    body.append("<figure>\n");
    scrollable(chart.title()).append(ChartSvg.render(chart, CHART_WIDTH, CHART_HEIGHT));
    body.append("</div>\n");
    if (chart.series().stream().anyMatch(series -> series.x().length > 0)) {
      body.append("<details><summary>Numbers of this chart</summary>\n");
      table(chart.title(), numbers(chart));
      body.append("</details>\n");
    }
    body.append("</figure>\n");
    return this;
  }

  /** Adds a card per entry: the value large, the key below it. */
  public HtmlPage keyFigures(Map<String, String> figures) {
    body.append("<dl class=\"figures\">\n");
    figures.forEach(
        (name, value) -> {
          body.append("<div>");
          element("dt", name);
          element("dd", value);
          body.append("</div>\n");
        });
    body.append("</dl>\n");
    return this;
  }

  /** Adds a remark that should not be overlooked. */
  public HtmlPage notice(String text) {
    return box("notice", "note", "Note:", text);
  }

  /** Adds a remark that the reader must heed. */
  public HtmlPage warning(String text) {
    return box("warning", "note", "Warning:", text);
  }

  /** Adds a red banner, for what makes the whole page void. */
  public HtmlPage alarm(String headline, String text) {
    return box("alarm", "alert", headline, text);
  }

  /** Adds preformatted text that is hidden until the reader opens it. */
  public HtmlPage details(String summary, String text) {
    body.append("<details>");
    element("summary", summary);
    element("pre", text);
    body.append("</details>\n");
    return this;
  }

  /** Adds preformatted text, such as a command. */
  public HtmlPage preformatted(String text) {
    return element("pre", text);
  }

  /** The page, in UTF-8 when written to a file. */
  public String render() {
    String heading = Markup.escape(title);
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        <h1>%s</h1>
        %s</main>
        </body>
        </html>
        """
        .formatted(heading, STYLE, heading, body);
  }

  private static Table numbers(Chart chart) {
    TreeSet<Double> abscissas = new TreeSet<>();
    for (Series series : chart.series()) {
      for (double x : series.x()) {
        abscissas.add(x);
      }
    }
    List<String> header = new ArrayList<>();
    header.add(chart.xLabel().isBlank() ? "x" : chart.xLabel());
    chart.series().forEach(series -> header.add(series.name()));
    List<List<String>> rows =
        abscissas.stream()
            .map(
                x -> {
                  List<String> row = new ArrayList<>();
                  row.add(Numbers.near(x, 6));
                  chart.series().forEach(series -> row.add(valueAt(series, x)));
                  return row;
                })
            .toList();
    return new Table(header, rows);
  }

  private static String valueAt(Series series, double abscissa) {
    double[] x = series.x();
    double[] y = series.y();
    double[] spread = series.spread();
    for (int i = 0; i < x.length; i++) {
      if (Double.compare(x[i], abscissa) == 0) {
        String value = Numbers.near(y[i], 5);
        return spread[i] > 0 ? value + " ± " + Numbers.near(spread[i], 2) : value;
      }
    }
    return "–";
  }

  private HtmlPage element(String name, String text) {
    body.append('<').append(name).append('>').append(Markup.escape(text));
    body.append("</").append(name).append(">\n");
    return this;
  }

  /** Opens a part that scrolls on its own where the page is narrow, without a mouse too. */
  private StringBuilder scrollable(String name) {
    return body.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
        .append(Markup.escape(name))
        .append("\">\n");
  }

  private static String numberClass(Table table, int column) {
    return column > 0 && table.isNumeric(column) ? " class=\"number\"" : "";
  }

  private void cell(String tag, String attributes, String text) {
    body.append('<').append(tag).append(attributes).append('>').append(Markup.escape(text));
    body.append("</").append(tag, 0, 2).append('>');
  }

  private HtmlPage box(String style, String role, String lead, String text) {
    body.append("<div class=\"%s\" role=\"%s\"><p>".formatted(style, role));
    body.append("<strong>").append(Markup.escape(lead)).append("</strong> ");
    body.append(Markup.escape(text)).append("</p></div>\n");
    return this;
  }

  private static String style() {
    try (InputStream in =
        Objects.requireNonNull(HtmlPage.class.getResourceAsStream("page.css"), "page.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
