package org.quietune.data.icu;

import java.util.Objects;
import org.quietune.data.Example;

/**
 * One stay of one patient in an intensive care unit.
 *
 * @param recordId the data set's number of the stay
 * @param icuType 1 coronary care, 2 cardiac surgery recovery, 3 medical, 4 surgical
 * @param example the features of {@link PhysioNet2012#columns} and the label: 1 if the patient died
 *     in hospital
 */
public record Stay(int recordId, int icuType, Example example) {
  public Stay {
    if (icuType < 1 || icuType > 4) {
      throw new IllegalArgumentException("icuType must be 1 to 4, was " + icuType);
    }
    Objects.requireNonNull(example, "example");
  }
}
