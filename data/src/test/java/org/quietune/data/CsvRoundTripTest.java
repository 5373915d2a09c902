package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class CsvRoundTripTest {
  @Property(tries = 30)
  void keepsRowOrderAndEveryFloat(@ForAll @Size(min = 1, max = 200) List<Float> values)
      throws IOException {
    Path scratch = Files.createTempDirectory("quietune-test-");
    StringBuilder text = new StringBuilder("a,y\n");
    values.forEach(value -> text.append(value).append(",0\n"));
    Path path = Fixtures.write(scratch, "p.csv", text.toString());
    PublicTable table = PublicTable.read(DataFile.of(path.toString()), List.of("a"), "y");
    assertEquals(values, table.rows().stream().map(row -> row.features()[0]).toList());
    Files.delete(path);
    Files.delete(scratch);
  }
}
