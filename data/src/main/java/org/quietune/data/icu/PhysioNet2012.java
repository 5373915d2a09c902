package org.quietune.data.icu;

import static org.quietune.data.InvalidDataException.quoted;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.quietune.data.Example;
import org.quietune.data.InvalidDataException;

/**
 * The PhysioNet/Computing in Cardiology Challenge 2012: stays of adults in intensive care, and
 * whether they died in hospital. The files are read as they are published: {@code set-a.zip} and
 * {@code Outcomes-a.txt}, and so on.
 *
 * <p>A stay becomes 262 features: age, gender (0 female, 1 male) and height, then for each of 37
 * variables measured in the first 48 hours its mean, minimum, maximum, first and last value, mean
 * from hour 24 on, and number of measurements. What is not known is NaN: a descriptor or weight
 * recorded as −1, a variable never measured (whose count is 0). Severity scores and length of stay
 * are outcomes and no features.
 *
 * <p>Means are taken in double precision and rounded once to float. Each stay is one patient's, so
 * a record is a sound privacy unit.
 *
 * <p>Source: Silva, Moody, Scott, Celi, Mark, Comput Cardiol 2012;39:245–248.
 */
public final class PhysioNet2012 {
  private static final List<String> DESCRIPTORS = List.of("Age", "Gender", "Height");
  private static final List<String> COLUMNS =
      Stream.concat(DESCRIPTORS.stream(), StayFeatures.names().stream()).toList();

  private static final double UNKNOWN = -1;
  private static final int LAST_MINUTE = 48 * 60;
  private static final Pattern ENTRY = Pattern.compile("(?:.*/)?(\\d{1,9})\\.txt");
  private static final Pattern TIME = Pattern.compile("(\\d\\d):([0-5]\\d)");
  private static final String HEADER = "Time,Parameter,Value";
  private static final String OUTCOME_HEADER =
      "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death";

  private PhysioNet2012() {}

  /** The names of the features, in their order: {@code Age}, …, {@code HR_mean}, …. */
  public static List<String> columns() {
    return COLUMNS;
  }

  /**
   * Reads a set, in the order of its outcomes file.
   *
   * @param directory holds {@code set-X.zip} and {@code Outcomes-X.txt}
   * @param set {@code "a"}, {@code "b"} or {@code "c"}
   * @throws InvalidDataException if a file is missing, torn or not of this format, or if the stays
   *     and the outcomes do not match; it names file and line
   */
  public static List<Stay> read(Path directory, String set) {
    return read(directory, set, fraction -> {});
  }

  /**
   * Reads a set and reports how far it is.
   *
   * @param progress is told the fraction done, from 0 to 1, never falling
   */
  public static List<Stay> read(Path directory, String set, DoubleConsumer progress) {
    if (!set.matches("[abc]")) {
      throw new IllegalArgumentException("set must be \"a\", \"b\" or \"c\", was " + set);
    }
    Path outcomesFile = existing(directory.resolve("Outcomes-" + set + ".txt"));
    Path zipFile = existing(directory.resolve("set-" + set + ".zip"));
    Map<Integer, Integer> outcomes = readOutcomes(outcomesFile);
    Map<Integer, Stay> stays = readStays(zipFile, outcomesFile, outcomes, progress);
    List<Stay> ordered = new ArrayList<>(outcomes.size());
    for (int recordId : outcomes.keySet()) {
      Stay stay = stays.get(recordId);
      if (stay == null) {
        throw new InvalidDataException(
            outcomesFile + " lists stay " + recordId + ", which is not in " + zipFile);
      }
      ordered.add(stay);
    }
    return Collections.unmodifiableList(ordered);
  }

  private static Path existing(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidDataException("no such file: " + file);
    }
    return file;
  }

  /** Death in hospital, 0 or 1, by the number of the stay, in the order of the file. */
  private static Map<Integer, Integer> readOutcomes(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    Place place = new Place(file.toString());
    Map<Integer, Integer> outcomes = new LinkedHashMap<>();
    for (String line : lines) {
      place.line++;
      if (place.line == 1) {
        requireHeader(line, OUTCOME_HEADER, place);
        continue;
      }
      if (line.isBlank()) {
        continue;
      }
      String[] cells = line.split(",", -1);
      if (cells.length != 6) {
        throw place.refusal("6 cells are needed, found " + cells.length);
      }
      int recordId = integer(cells[0], place);
      int died = integer(cells[5], place);
      if (died != 0 && died != 1) {
        throw place.refusal("In-hospital_death has to be 0 or 1, was " + died);
      }
      if (outcomes.putIfAbsent(recordId, died) != null) {
        throw place.refusal("stay " + recordId + " is listed twice");
      }
    }
    if (outcomes.isEmpty()) {
      throw new InvalidDataException(file + " has no rows");
    }
    return outcomes;
  }

  private static Map<Integer, Stay> readStays(
      Path file, Path outcomesFile, Map<Integer, Integer> outcomes, DoubleConsumer progress) {
    Map<Integer, Stay> stays = new HashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      int done = 0;
      for (ZipEntry entry : Collections.list(zip.entries())) {
        progress.accept((double) done++ / zip.size());
        Matcher name = ENTRY.matcher(entry.getName());
        if (!name.matches()) {
          continue;
        }
        int recordId = Integer.parseInt(name.group(1));
        Integer died = outcomes.get(recordId);
        if (died == null) {
          throw new InvalidDataException(
              file + " holds stay " + recordId + ", which " + outcomesFile + " does not list");
        }
        Place place = new Place(file + ", entry " + entry.getName());
        Stay stay = readStay(content(zip, entry, place), recordId, died, place);
        if (stays.put(recordId, stay) != null) {
          throw new InvalidDataException(file + " holds stay " + recordId + " twice");
        }
      }
    } catch (ZipException e) {
      throw new InvalidDataException(file + " is not a whole zip file", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    progress.accept(1);
    return stays;
  }

  private static String content(ZipFile zip, ZipEntry entry, Place place) {
    byte[] bytes;
    try (InputStream in = zip.getInputStream(entry)) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new InvalidDataException(place.where + " is damaged", e);
    }
    // ZipFile does not compare the checksum itself.
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    if (checksum.getValue() != entry.getCrc()) {
      throw new InvalidDataException(place.where + " is damaged");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static Stay readStay(String text, int recordId, int died, Place place) {
    double[] descriptors = {Double.NaN, Double.NaN, Double.NaN};
    StayFeatures measured = new StayFeatures();
    int innerId = -1;
    int icuType = -1;
    for (int start = 0; start < text.length(); ) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      String line = text.substring(start, end).stripTrailing();
      start = end + 1;
      place.line++;
      if (place.line == 1) {
        requireHeader(line, HEADER, place);
        continue;
      }
      if (line.isEmpty()) {
        continue;
      }
      int first = line.indexOf(',');
      int second = line.indexOf(',', first + 1);
      if (first < 0 || second < 0 || line.indexOf(',', second + 1) >= 0) {
        throw place.refusal("three cells are needed: " + HEADER);
      }
      String parameter = line.substring(first + 1, second);
      if (parameter.isEmpty()) {
        continue;
      }
      double value = number(line.substring(second + 1), place);
      int descriptor = DESCRIPTORS.indexOf(parameter);
      if (descriptor >= 0) {
        descriptors[descriptor] = value == UNKNOWN ? Double.NaN : value;
      } else if (parameter.equals("RecordID")) {
        innerId = (int) value;
      } else if (parameter.equals("ICUType")) {
        icuType = (int) value;
      } else if (!StayFeatures.isVariable(parameter)) {
        throw place.refusal("unknown parameter " + quoted(parameter));
      } else if (value != UNKNOWN || !parameter.equals("Weight")) {
        measured.add(parameter, minute(line.substring(0, first), place), value);
      }
    }
    if (innerId != recordId) {
      throw new InvalidDataException(place.where + " holds RecordID " + innerId);
    }
    if (icuType < 1 || icuType > 4) {
      throw new InvalidDataException(place.where + " has no ICUType from 1 to 4");
    }
    float[] measurements = measured.values();
    float[] features = new float[DESCRIPTORS.size() + measurements.length];
    for (int i = 0; i < descriptors.length; i++) {
      features[i] = (float) descriptors[i];
    }
    System.arraycopy(measurements, 0, features, descriptors.length, measurements.length);
    return new Stay(recordId, icuType, new Example(features, died));
  }

  private static void requireHeader(String line, String header, Place place) {
    if (!line.stripTrailing().equals(header)) {
      throw place.refusal("the header has to be " + header);
    }
  }

  private static int minute(String time, Place place) {
    Matcher matcher = TIME.matcher(time);
    int minute =
        matcher.matches()
            ? 60 * Integer.parseInt(matcher.group(1)) + Integer.parseInt(matcher.group(2))
            : Integer.MAX_VALUE;
    if (minute > LAST_MINUTE) {
      throw place.refusal(quoted(time) + " is not a time from 00:00 to 48:00");
    }
    return minute;
  }

  private static double number(String text, Place place) {
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      value = Double.NaN;
    }
    if (!Double.isFinite(value)) {
      throw place.refusal(quoted(text) + " is not a number");
    }
    return value;
  }

  private static int integer(String text, Place place) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw place.refusal(quoted(text) + " is not an integer");
    }
  }

  /** Where the reader is, for messages. */
  private static final class Place {
    private final String where;
    private int line;

    Place(String where) {
      this.where = where;
    }

    InvalidDataException refusal(String what) {
      return new InvalidDataException(where + " line " + line + ": " + what);
    }
  }
}
