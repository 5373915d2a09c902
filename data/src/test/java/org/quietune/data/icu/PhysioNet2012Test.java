package org.quietune.data.icu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.data.InvalidDataException;

/** On small archives made here; {@link PhysioNet2012RealDataTest} reads the published ones. */
class PhysioNet2012Test {
  private static final String OUTCOMES =
      "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n";
  private static final String DESCRIPTORS =
      """
      Time,Parameter,Value
      00:00,RecordID,7
      00:00,Age,54
      00:00,Gender,-1
      00:00,Height,-1
      00:00,ICUType,4
      00:00,Weight,-1
      """;

  private final Path dir;

  PhysioNet2012Test(@TempDir Path dir) {
    this.dir = dir;
  }

  private List<Stay> read(String outcomes, Map<String, String> entries) {
    try {
      Files.writeString(dir.resolve("Outcomes-a.txt"), outcomes);
      try (OutputStream file = Files.newOutputStream(dir.resolve("set-a.zip"));
          ZipOutputStream zip = new ZipOutputStream(file)) {
        for (Map.Entry<String, String> entry : entries.entrySet()) {
          zip.putNextEntry(new ZipEntry(entry.getKey()));
          zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return PhysioNet2012.read(dir, "a");
  }

  private Stay readOne(String measurements) {
    return read(OUTCOMES + "7,6,1,5,-1,1\n", Map.of("set-a/7.txt", DESCRIPTORS + measurements))
        .get(0);
  }

  private String refusal(String outcomes, Map<String, String> entries) {
    return shown(assertThrows(InvalidDataException.class, () -> read(outcomes, entries)));
  }

  private String refusalOf(String measurements) {
    return shown(assertThrows(InvalidDataException.class, () -> readOne(measurements)));
  }

  private String refusalAsItStands() {
    return shown(assertThrows(InvalidDataException.class, () -> PhysioNet2012.read(dir, "a")));
  }

  private String shown(InvalidDataException refused) {
    return String.valueOf(refused.getMessage()).replace(dir + "/", "");
  }

  private static float[] features(Stay stay, String variable) {
    List<Float> values = new ArrayList<>();
    for (String statistic : List.of("mean", "min", "max", "first", "last", "late_mean", "count")) {
      values.add(
          stay.example().features()[PhysioNet2012.columns().indexOf(variable + "_" + statistic)]);
    }
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  @Test
  void namesItsColumns() {
    List<String> columns = PhysioNet2012.columns();
    assertEquals(262, columns.size());
    assertEquals(262, columns.stream().distinct().count());
    assertEquals(List.of("Age", "Gender", "Height", "Albumin_mean"), columns.subList(0, 4));
    assertEquals(List.of("Weight_late_mean", "Weight_count"), columns.subList(260, 262));
  }

  @Test
  void summarizesEachVariable() {
    Stay stay =
        readOne(
            """
            00:07,HR,73
            23:59,HR,60
            24:00,HR,80
            30:00,,2.7
            48:00,HR,91
            48:00,HR,90.5
            01:00,pH,7.1
            01:00,pH,-1
            05:00,Weight,-1
            06:00,Weight,70
            """);
    float nan = Float.NaN;
    assertEquals(7, stay.recordId());
    assertEquals(4, stay.icuType());
    assertEquals(1, stay.example().label());
    float[] descriptors = Arrays.copyOf(stay.example().features(), 3);
    assertArrayEquals(new float[] {54, nan, nan}, descriptors);
    assertArrayEquals(
        new float[] {78.9f, 60, 91, 73, 90.5f, (float) (261.5 / 3), 5}, features(stay, "HR"));
    assertArrayEquals(new float[] {3.05f, -1, 7.1f, 7.1f, -1, nan, 2}, features(stay, "pH"));
    assertArrayEquals(new float[] {70, 70, 70, 70, 70, nan, 1}, features(stay, "Weight"));
    assertArrayEquals(new float[] {nan, nan, nan, nan, nan, nan, 0}, features(stay, "Lactate"));
  }

  @Test
  void firstAndLastGoByTimeAndNotByLine() {
    Stay stay = readOne("10:00,HR,3\n02:00,HR,1\n02:00,HR,2\n05:00,HR,4\n");
    assertArrayEquals(new float[] {2.5f, 1, 4, 1, 3, Float.NaN, 4}, features(stay, "HR"));
  }

  @Test
  void ordersStaysAsTheOutcomesDo() {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("set-a/", "");
    entries.put("set-a/7.txt", DESCRIPTORS);
    entries.put("README", "not a stay");
    entries.put(
        "set-a/3.txt", DESCRIPTORS.replace("RecordID,7", "RecordID,3").replace("\n", "\r\n"));
    List<Stay> stays = read(OUTCOMES + "3,6,1,5,-1,0\n7,6,1,5,-1,1\n", entries);
    assertEquals(List.of(3, 7), stays.stream().map(Stay::recordId).toList());
    assertEquals(List.of(0.0, 1.0), stays.stream().map(stay -> stay.example().label()).toList());
  }

  @Test
  void reportsProgress() {
    readOne("");
    List<Double> seen = new ArrayList<>();
    PhysioNet2012.read(dir, "a", seen::add);
    assertEquals(List.of(0.0, 1.0), seen);
  }

  @Test
  void refusesMissingFiles() throws IOException {
    assertEquals("no such file: Outcomes-a.txt", refusalAsItStands());
    Files.writeString(dir.resolve("Outcomes-a.txt"), OUTCOMES);
    assertEquals("no such file: set-a.zip", refusalAsItStands());
    assertThrows(IllegalArgumentException.class, () -> PhysioNet2012.read(dir, "../a"));
  }

  @Test
  void refusesTornArchive() throws IOException {
    readOne("00:07,HR,73\n");
    byte[] whole = Files.readAllBytes(dir.resolve("set-a.zip"));
    for (int kept : new int[] {0, 40, whole.length - 30}) {
      Files.write(dir.resolve("set-a.zip"), Arrays.copyOf(whole, kept));
      assertEquals("set-a.zip is not a whole zip file", refusalAsItStands());
    }
  }

  @Test
  void refusesEveryArchiveWithAChangedByteInItsContent() throws IOException {
    readOne("00:07,HR,73\n");
    byte[] whole = Files.readAllBytes(dir.resolve("set-a.zip"));
    int start = 30 + "set-a/7.txt".length();
    for (int at = start; at < start + 60; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= 0x20;
      Files.write(dir.resolve("set-a.zip"), changed);
      assertEquals("set-a.zip, entry set-a/7.txt is damaged", refusalAsItStands());
    }
  }

  @Test
  void refusesStaysAndOutcomesThatDoNotMatch() {
    assertEquals(
        "set-a.zip holds stay 7, which Outcomes-a.txt does not list",
        refusal(OUTCOMES + "8,6,1,5,-1,0\n", Map.of("set-a/7.txt", DESCRIPTORS)));
    assertEquals(
        "Outcomes-a.txt lists stay 8, which is not in set-a.zip",
        refusal(OUTCOMES + "7,6,1,5,-1,0\n8,6,1,5,-1,0\n", Map.of("set-a/7.txt", DESCRIPTORS)));
    assertEquals(
        "set-a.zip holds stay 7 twice",
        refusal(
            OUTCOMES + "7,6,1,5,-1,0\n", Map.of("set-a/7.txt", DESCRIPTORS, "7.txt", DESCRIPTORS)));
    assertEquals(
        "set-a.zip, entry set-a/8.txt holds RecordID 7",
        refusal(OUTCOMES + "8,6,1,5,-1,0\n", Map.of("set-a/8.txt", DESCRIPTORS)));
  }

  @Test
  void refusesBadOutcomes() {
    Map<String, String> entries = Map.of("set-a/7.txt", DESCRIPTORS);
    assertEquals(
        "Outcomes-a.txt line 1: the header has to be"
            + " RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death",
        refusal("RecordID,Died\n7,0\n", entries));
    assertEquals("Outcomes-a.txt has no rows", refusal(OUTCOMES, entries));
    assertEquals(
        "Outcomes-a.txt line 2: 6 cells are needed, found 2", refusal(OUTCOMES + "7,0\n", entries));
    assertEquals(
        "Outcomes-a.txt line 2: In-hospital_death has to be 0 or 1, was 2",
        refusal(OUTCOMES + "7,6,1,5,-1,2\n", entries));
    assertEquals(
        "Outcomes-a.txt line 3: stay 7 is listed twice",
        refusal(OUTCOMES + "7,6,1,5,-1,1\n7,6,1,5,-1,1\n", entries));
    assertEquals(
        "Outcomes-a.txt line 2: 'x' is not an integer",
        refusal(OUTCOMES + "x,6,1,5,-1,1\n", entries));
  }

  @Test
  void refusesBadMeasurements() {
    String line8 = "set-a.zip, entry set-a/7.txt line 8: ";
    assertEquals(line8 + "'abc' is not a number", refusalOf("00:07,HR,abc\n"));
    assertEquals(line8 + "'NaN' is not a number", refusalOf("00:07,HR,NaN\n"));
    assertEquals(line8 + "unknown parameter 'HRX'", refusalOf("00:07,HRX,1\n"));
    assertEquals(line8 + "three cells are needed: Time,Parameter,Value", refusalOf("00:07,HR\n"));
    assertEquals(
        line8 + "three cells are needed: Time,Parameter,Value", refusalOf("00:07,HR,1,2\n"));
    for (String time : List.of("48:01", "0:07", "00:60", "", "-1:00")) {
      assertEquals(
          line8 + "'" + time + "' is not a time from 00:00 to 48:00", refusalOf(time + ",HR,1\n"));
    }
  }

  @Test
  void refusesBadStays() {
    String outcomes = OUTCOMES + "7,6,1,5,-1,1\n";
    assertEquals(
        "set-a.zip, entry set-a/7.txt line 1: the header has to be Time,Parameter,Value",
        refusal(outcomes, Map.of("set-a/7.txt", "x\n")));
    assertEquals(
        "set-a.zip, entry set-a/7.txt has no ICUType from 1 to 4",
        refusal(outcomes, Map.of("set-a/7.txt", DESCRIPTORS.replace("ICUType,4", "ICUType,5"))));
    assertEquals(
        "set-a.zip, entry set-a/7.txt holds RecordID -1",
        refusal(outcomes, Map.of("set-a/7.txt", "")));
    assertTrue(refusalOf("00:07,a\u0001b,1\n").endsWith("unknown parameter 'a b'"));
  }
}
