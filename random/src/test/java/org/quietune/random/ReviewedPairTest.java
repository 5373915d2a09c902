package org.quietune.random;

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
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Source and proof of every sampler are the pair that was last reviewed together.
 *
 * <p>{@code reviewed.sha256}, beside the sources, holds the SHA-256 of both files of each pair
 * (with line ends LF), as {@code sha256sum} writes them. Whoever changes either file reads the
 * other again, and then renews the list in its folder: {@code sha256sum $(ls *.proof.md | sed
 * 's/\(.*\).proof.md/\1.java &/') > reviewed.sha256}.
 */
class ReviewedPairTest {

  private static final Path SOURCES = Path.of("src/main/java/org/quietune/random");
  private static final String PROOF = ".proof.md";
  private static final String SOURCE = ".java";

  private final Map<String, String> files = read();

  @Test
  void everyPairIsAsReviewed() {
    assertEquals(List.of(), findings(files));
  }

  @Test
  void everyProofHasItsParts() {
    files.forEach(
        (name, text) -> {
          if (name.endsWith(PROOF)) {
            for (String part :
                List.of("## Precondition", "## Pseudocode", "## Guarantee", "## Argument")) {
              assertTrue(text.contains("\n" + part + "\n"), name + " lacks " + part);
            }
          }
        });
  }

  /** The samplers of noise laws are those of the registry, which enrolls them in all law tests. */
  @Test
  void everyNoiseLawIsRegistered() {
    Set<String> laws = new TreeSet<>();
    files.forEach(
        (name, text) -> {
          if (text.contains("public void fill(long[] out, BitSource bits)")) {
            laws.add(name.replace(SOURCE, ""));
          }
        });
    assertEquals(
        laws,
        NoiseLaw.ALL.stream().map(NoiseLaw::name).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Twins: each change to a reviewed pair is found and named. */
  @Test
  void changesAreFound() {
    for (String sampler : samplers(files)) {
      Map<String, String> source = new TreeMap<>(files);
      source.computeIfPresent(
          sampler + SOURCE, (name, text) -> text.replaceFirst("private|static", "public"));
      assertEquals(List.of(sampler + SOURCE + " is not the reviewed file"), findings(source));
      Map<String, String> proof = new TreeMap<>(files);
      proof.computeIfPresent(sampler + PROOF, (name, text) -> text + "\n");
      assertEquals(List.of(sampler + PROOF + " is not the reviewed file"), findings(proof));
      Map<String, String> unproven = new TreeMap<>(files);
      unproven.remove(sampler + PROOF);
      assertEquals(List.of(sampler + PROOF + " is missing"), findings(unproven));
    }
    Map<String, String> newcomer = new TreeMap<>(files);
    newcomer.put("Newcomer.java", "class Newcomer { int draw(BitSource bits) { return 4; } }");
    assertEquals(
        List.of("Newcomer.java is not the reviewed file", "Newcomer.proof.md is missing"),
        findings(newcomer));
  }

  @Test
  void noReviewedSamplerUsesFloatingPointBeyondItsParameters() {
    for (String sampler : samplers(files)) {
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

  /** What sets the folder apart from the reviewed list. */
  private static List<String> findings(Map<String, String> files) {
    Set<String> reviewed =
        files.getOrDefault("reviewed.sha256", "").lines().collect(Collectors.toSet());
    List<String> findings = new ArrayList<>();
    Set<String> listed = new TreeSet<>();
    for (String sampler : samplers(files)) {
      for (String name : List.of(sampler + SOURCE, sampler + PROOF)) {
        String text = files.get(name);
        if (text == null) {
          findings.add(name + " is missing");
        } else if (!reviewed.contains(sha256(text) + "  " + name)) {
          findings.add(name + " is not the reviewed file");
        }
        listed.add(name);
      }
    }
    reviewed.stream()
        .map(line -> line.substring(line.indexOf("  ") + 2))
        .filter(name -> !listed.contains(name))
        .forEach(name -> findings.add(name + " is listed and proves nothing"));
    return findings;
  }

  /** Classes that draw from a bit source or are one. */
  private static Set<String> samplers(Map<String, String> files) {
    return files.entrySet().stream()
        .filter(file -> file.getKey().endsWith(SOURCE) && !file.getKey().equals("BitSource.java"))
        .filter(file -> code(file.getValue()).contains("BitSource"))
        .map(file -> file.getKey().replace(SOURCE, ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Map<String, String> read() {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> paths = Files.list(SOURCES)) {
      for (Path path : paths.toList()) {
        texts.put(path.getFileName().toString(), Files.readString(path).replace("\r\n", "\n"));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return texts;
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
