package org.quietune.experiments.icu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.quietune.data.Example;
import org.quietune.data.PrivateTable;
import org.quietune.data.PublicTable;
import org.quietune.data.icu.PhysioNet2012;
import org.quietune.data.icu.Stay;
import org.quietune.release.PrivateRecords;

/**
 * The split of the experiment: public are the stays of the medical and surgical units (ICU types 3
 * and 4) of both sets, private those of the coronary and cardiac surgery units (types 1 and 2) of
 * set a, and the test is on types 1 and 2 of set b. A stay is the privacy unit.
 *
 * @param privateCount number of private stays; public here, since the data is published
 */
record IcuData(
    PublicTable publicTable,
    PrivateRecords<Example> privateRecords,
    int privateCount,
    PublicTable test) {
  /** Private stays, all of them. */
  static final int STAYS = 1451;

  private static final Set<Integer> PUBLIC_TYPES = Set.of(3, 4);

  /**
   * The published files.
   *
   * @param units private stays to keep, evenly spaced in the order of the file; all where there are
   *     no more
   */
  static IcuData read(Path directory, int units) {
    List<Example> open = new ArrayList<>();
    List<Example> closed = new ArrayList<>();
    List<Example> test = new ArrayList<>();
    for (String set : List.of("a", "b")) {
      for (Stay stay : PhysioNet2012.read(directory, set)) {
        if (PUBLIC_TYPES.contains(stay.icuType())) {
          open.add(stay.example());
        } else if (set.equals("a")) {
          closed.add(stay.example());
        } else {
          test.add(stay.example());
        }
      }
    }
    List<Example> kept = spaced(closed, units);
    return new IcuData(
        PublicTable.of(PhysioNet2012.columns(), open),
        PrivateTable.sealInMemory(kept),
        kept.size(),
        PublicTable.of(PhysioNet2012.columns(), test));
  }

  private static List<Example> spaced(List<Example> examples, int count) {
    if (count >= examples.size()) {
      return examples;
    }
    List<Example> kept = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      kept.add(examples.get((int) ((long) i * examples.size() / count)));
    }
    return kept;
  }
}
