package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Source and proof of every sampler, and of every other class with a proof beside it, are the pair
 * that was last reviewed together.
 *
 * <p>{@code reviewed.sha256}, beside the sources, holds the SHA-256 of both files of each pair
 * (with line ends LF), as {@code sha256sum} writes them. Whoever changes either file reads the
 * other again, and then renews the list in its folder: {@code sha256sum $(ls *.proof.md | sed
 * 's/\(.*\).proof.md/\1.java &/') > reviewed.sha256}.
 */
class ReviewedPairTest {
  private static final String LIST = "reviewed.sha256";
  private static final String PROOF = ".proof.md";
  private static final String SOURCE = ".java";

  /** A folder of sources, and what its code says of a class that must have a proof. */
  enum Folder {
    RANDOM("random", "\\bBitSource\\b", "\\bBitSource\\b"),
    RELEASE("release", "implements Noise(Sampler|Law)\\b", "implements NoiseSampler\\b");

    private final Path path;
    private final Pattern proven;
    private final Pattern sampler;

    Folder(String module, String proven, String sampler) {
      this.path = Path.of("..", module, "src/main/java/org/quietune", module);
      this.proven = Pattern.compile(proven);
      this.sampler = Pattern.compile(sampler);
    }

    Map<String, String> read() {
      Map<String, String> texts = new TreeMap<>();
      try (Stream<Path> paths = Files.list(path)) {
        for (Path file : paths.toList()) {
          texts.put(file.getFileName().toString(), Files.readString(file).replace("\r\n", "\n"));
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return texts;
    }

    Set<String> samplers(Map<String, String> files) {
      return classes(files, sampler);
    }

    /** What must have a proof, what has one, and what was reviewed with one. */
    Set<String> pairs(Map<String, String> files) {
      Set<String> pairs = classes(files, proven);
      files.keySet().stream()
          .filter(name -> name.endsWith(PROOF))
          .map(name -> name.replace(PROOF, ""))
          .forEach(pairs::add);
      reviewed(files).stream()
          .map(line -> line.substring(line.indexOf("  ") + 2))
          .map(name -> name.replace(PROOF, "").replace(SOURCE, ""))
          .forEach(pairs::add);
      return pairs;
    }

    private static Set<String> classes(Map<String, String> files, Pattern mark) {
      return files.entrySet().stream()
          .filter(file -> file.getKey().endsWith(SOURCE))
          .filter(file -> !file.getKey().equals("BitSource.java"))
          .filter(file -> mark.matcher(code(file.getValue())).find())
          .map(file -> file.getKey().replace(SOURCE, ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyPairIsAsReviewed(Folder folder) {
    assertEquals(List.of(), findings(folder, folder.read()));
  }

  @ParameterizedTest
  @EnumSource
  void everyProofHasItsParts(Folder folder) {
    folder
        .read()
        .forEach(
            (name, text) -> {
              if (name.endsWith(PROOF)) {
                for (String part :
                    List.of("## Precondition", "## Pseudocode", "## Guarantee", "## Argument")) {
                  assertTrue(text.contains("\n" + part + "\n"), name + " lacks " + part);
                }
              }
            });
  }

  /** Twins: each change to a reviewed pair is found and named. */
  @ParameterizedTest
  @EnumSource
  void changesAreFound(Folder folder) {
    Map<String, String> files = folder.read();
    assertTrue(folder.samplers(files).size() >= 2);
    for (String pair : folder.pairs(files)) {
      Map<String, String> source = new TreeMap<>(files);
      source.computeIfPresent(pair + SOURCE, (name, text) -> text.replaceFirst("return", "throw"));
      assertEquals(List.of(pair + SOURCE + " is not the reviewed file"), findings(folder, source));
      Map<String, String> proof = new TreeMap<>(files);
      proof.computeIfPresent(pair + PROOF, (name, text) -> text + "\n");
      assertEquals(List.of(pair + PROOF + " is not the reviewed file"), findings(folder, proof));
      Map<String, String> unproven = new TreeMap<>(files);
      unproven.remove(pair + PROOF);
      assertEquals(List.of(pair + PROOF + " is missing"), findings(folder, unproven));
    }
    Map<String, String> newcomer = new TreeMap<>(files);
    newcomer.put(
        "Newcomer.java",
        "class Newcomer implements NoiseSampler { int draw(BitSource bits) { return 4; } }");
    assertEquals(
        List.of("Newcomer.java is not the reviewed file", "Newcomer.proof.md is missing"),
        findings(folder, newcomer));
  }

  @ParameterizedTest
  @EnumSource
  void noSamplerUsesFloatingPointBeyondItsParameters(Folder folder) {
    Map<String, String> files = folder.read();
    for (String sampler : folder.samplers(files)) {
      String code = code(files.getOrDefault(sampler + SOURCE, ""));
      // The factories that take a double as the dyadic rational that it is.
      String path = code.replaceAll("(?s)static \\w+ of\\([^)]*double [^)]*\\) \\{.*?\\n  }", "");
      assertFalse(
          path.matches("(?s).*\\b(double|float|Double|Float|StrictMath|scalb)\\b.*"), sampler);
    }
    // Twin: a sampler that goes through a double on the way.
    assertTrue(code("/** a */ int x = (int) (double) y;").matches("(?s).*\\bdouble\\b.*"));
  }

  private static String code(String source) {
    return source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\n]*", "");
  }

  private static List<String> reviewed(Map<String, String> files) {
    return files.getOrDefault(LIST, "").lines().toList();
  }

  /** What sets the folder apart from the reviewed list. */
  private static List<String> findings(Folder folder, Map<String, String> files) {
    List<String> reviewed = reviewed(files);
    List<String> findings = new ArrayList<>();
    for (String pair : folder.pairs(files)) {
      for (String name : List.of(pair + SOURCE, pair + PROOF)) {
        String text = files.get(name);
        if (text == null) {
          findings.add(name + " is missing");
        } else if (!reviewed.contains(sha256(text) + "  " + name)) {
          findings.add(name + " is not the reviewed file");
        }
      }
    }
    findings.sort(Comparator.naturalOrder());
    return findings;
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
