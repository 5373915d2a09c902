package org.quietune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read without DuckDB is, to the bit, what DuckDB reads; all else is left to it. */
class PlainCsvRowsTest {
  private final Path dir;

  PlainCsvRowsTest(@TempDir Path dir) {
    this.dir = dir;
  }

  /** A row for comparing. */
  private record Row(List<Long> bits, String unit) {}

  private static ColumnChoice choice(DataFile file) {
    return ColumnChoice.of(file, List.of("b", "a"), "y", Optional.of("id"));
  }

  /** The rows up to a refusal, whose message comes last. */
  private static List<Object> read(Supplier<TableRows> opening) {
    List<Object> read = new ArrayList<>();
    try (TableRows rows = opening.get()) {
      while (rows.advance()) {
        List<Long> bits = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          bits.add(Double.doubleToLongBits(rows.number(i)));
        }
        bits.add((long) rows.notANumber());
        read.add(new Row(bits, String.valueOf(rows.unit())));
      }
    } catch (InvalidDataException e) {
      read.add(String.valueOf(e.getMessage()));
    }
    return read;
  }

  private static PlainCsvRows plain(String text, DataFile file) {
    return new PlainCsvRows(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
        file.columns().size(),
        choice(file));
  }

  private boolean isPlain(String text) {
    DataFile file = Fixtures.file(dir, "plain.csv", text);
    try (PlainCsvRows rows = plain(text, file)) {
      while (rows.advance()) {
        assertEquals(TableRows.NONE, rows.notANumber());
      }
      return rows.isPlain();
    }
  }

  /** Reads a file with and without DuckDB. */
  private void requireAlike(String text) {
    DataFile file = Fixtures.file(dir, "a.csv", text);
    TableSource source = (TableSource) file.source();
    List<Object> expected = read(() -> DuckDbRows.open(source, choice(file)));
    List<Object> got = read(() -> source.rows(choice(file)));
    Object last = expected.isEmpty() ? "" : expected.get(expected.size() - 1);
    if (last instanceof String) {
      // DuckDB may refuse a row before it has given the ones before it.
      assertEquals(last, got.get(got.size() - 1), text);
    } else {
      assertEquals(expected, got, text);
    }
  }

  @Test
  void numbersHaveDuckDbsBits() {
    SplittableRandom random = new SplittableRandom(5);
    StringBuilder text = new StringBuilder("id,a,b,y\n");
    for (int i = 0; i < 10_000; i++) {
      text.append("u").append(i);
      for (int j = 0; j < 3; j++) {
        text.append(',').append(number(random));
      }
      text.append('\n');
    }
    assertTrue(isPlain(text.toString()));
    requireAlike(text.toString());
  }

  /** Of every length, with exponents that stay within the normal numbers. */
  private static String number(SplittableRandom random) {
    StringBuilder number = new StringBuilder(random.nextInt(4) == 0 ? "-" : "");
    int digits = 1 + random.nextInt(25);
    number.append(digits == 1 ? random.nextInt(10) : 1 + random.nextInt(9));
    for (int i = 1; i < digits; i++) {
      number.append(random.nextInt(10));
    }
    if (random.nextBoolean()) {
      number.append('.');
      int places = 1 + random.nextInt(25);
      for (int i = 0; i < places; i++) {
        number.append(random.nextInt(10));
      }
    }
    if (random.nextInt(4) == 0) {
      number.append(random.nextBoolean() ? 'e' : 'E');
      number.append(List.of("", "+", "-").get(random.nextInt(3)));
      number.append(random.nextInt(250));
    }
    return number.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id,a,b,y\nx,1,2,0\ny,,NaN,1\n",
        "id,a,b,y\r\nx,1,2,0\r\ny,-0,nan,1",
        "\"id\",\"a\",b,\"y\"\n\"x y\",\"1.5\",2,0\n x ,1,2,\"1\"\n",
        "id,a,b,y\n\"a,b\",1,2,0\n",
        "id,a,b,y\n,1,2,0\n",
        "id,a,b,y,temp °C\nx,1,2,0,37\n",
        "id,a,b,y\nx,9007199254740993,0.1,0\nx,1e22,1e-22,1\nx,0e999,0,0\n"
      })
  void readsPlainFilesAlone(String text) {
    assertTrue(isPlain(text));
    requireAlike(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id,a,b,y\nx,1,2,0\ny,1e400,1,0\n",
        "id,a,b,y\nx,1,2,0\ny,1e-400,1,0\n",
        "id,a,b,y\nx,1,2,0\ny,4.9e-324,1,0\n",
        "id,a,b,y\nx,1,2,0\ny,.5,5.,0\n",
        "id,a,b,y\nx,1,2,0\ny,+5,007,0\n",
        "id,a,b,y\nx,1,2,0\ny,true,inf,0\n",
        "id,a,b,y\nx,1,2,0\ny, 1,2 ,0\n",
        "id,a,b,y\nx,1,2,0\ny,\"\",2,0\n",
        "id,a,b,y\nx,1,2,0\n\n\ny,1,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1,2,1\n\n",
        "id,a,b,y\nx,1,2,0\ny,1,2,1,\n",
        "id,a,b,y\nx,1,2,0\nÿ,1,2,1\n",
        "id,a,b,y\nx,1,2,0\n\"y \"\"z\"\"\",1,2,1\n",
        "id,a,b,y\nx,1,2,0\n\"y\nz\",1,2,1\n",
        "id,a,b,y\nx,1,2,0\ny\"z,1,2,1\n",
        "id,a,b,y\rx,1,2,0\ry,1,2,1\r",
        "id,a,b,y\nx,1,2,0\ny,1d,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,0x1F,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1_000,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1e,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1e5.5,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,-,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1,2\n",
        "id,a,b,y\nx,1,2,0\ny,1,2,3,4\n",
        "id,a,b,y\nx,1,2,0\ny,1,2,1\r\n",
        "id,a,b,y\r\nx,1,2,0\r\ny,1,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1,\"2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1,\"2\"3,1\n",
        "id,a,b,y\nx,1,2,0\ny\u0000,1,2,1\n",
        "id,a,b,y\nx,1,2,0\ny,1\t,2,1\n"
      })
  void leavesTheRestToDuckDb(String text) {
    assertFalse(isPlain(text));
    requireAlike(text);
  }

  @Test
  void givesTheSameWhereverAFileStopsBeingPlain() {
    for (int odd : new int[] {0, 2_048, 9_999}) {
      StringBuilder text = new StringBuilder("id,a,b,y\n");
      for (int i = 0; i < 10_000; i++) {
        text.append("u").append(i % 77).append(i == odd ? ", 1" : ",1");
        text.append(',').append(i).append(',').append(i % 2).append('\n');
      }
      assertFalse(isPlain(text.toString()));
      requireAlike(text.toString());
    }
  }

  @Test
  void readsLongLinesAndLeavesLongerOnes() {
    for (int length : new int[] {1 << 16, 1 << 18, 700_000, 1_100_000}) {
      String text = "id,a,b,y\nx,1,2,0\n" + "z".repeat(length) + ",3,4,1\nx,5,6,1\n";
      assertEquals(length < 1 << 20, isPlain(text));
      requireAlike(text);
    }
  }

  /** Every place at which the buffer can end. */
  @Test
  void linesMayCrossTheBuffer() {
    for (int shift = 0; shift < 20; shift++) {
      StringBuilder text = new StringBuilder("id,a,b,y\n" + "s".repeat(shift + 1) + ",1,2,0\n");
      for (int i = 0; text.length() < 600_000; i++) {
        text.append("u,").append(i).append(",0.25,1\n");
      }
      DataFile file = Fixtures.file(dir, "a.csv", text.toString());
      try (PlainCsvRows rows = plain(text.toString(), file)) {
        assertTrue(rows.advance());
        for (int i = 0; rows.advance(); i++) {
          assertEquals((double) i, rows.number(1));
          assertEquals("u", rows.unit());
        }
        assertTrue(rows.isPlain());
      }
    }
  }
}
