package org.quietune.experiments;

import java.util.List;
import org.quietune.report.Table;

/**
 * What a report says besides its cells.
 *
 * @param name of its files
 * @param command that makes it
 * @param measure by which methods are compared: accuracy, say
 * @param records what the private records are: images, say
 * @param introduction its paragraphs
 * @param columns metrics of the CSV file
 * @param grids that baselines are the best of
 */
public record ReportContents(
    String title,
    String name,
    String command,
    String measure,
    String records,
    List<String> introduction,
    List<String> columns,
    Table grids) {
  public ReportContents {
    introduction = List.copyOf(introduction);
    columns = List.copyOf(columns);
  }
}
