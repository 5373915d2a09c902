package org.quietune.release;

import java.util.List;

/** Records in memory: each inner list is one privacy unit. */
record ListSource<R>(List<List<R>> units) implements PrivateRecords.Source<R> {

  static <R> PrivateRecords<R> sealed(List<List<R>> units) {
    return PrivateRecords.seal(new ListSource<>(units), "unit");
  }

  @Override
  public PrivateRecords.Cursor<R> open() {
    return new PrivateRecords.Cursor<>() {
      private int unit = 0;
      private int index = -1;

      @Override
      public boolean advance() {
        index++;
        while (unit < units.size() && index == units.get(unit).size()) {
          unit++;
          index = 0;
        }
        return unit < units.size();
      }

      @Override
      public R record() {
        return units.get(unit).get(index);
      }

      @Override
      public boolean startsUnit() {
        return index == 0;
      }

      @Override
      public void close() {}
    };
  }
}
