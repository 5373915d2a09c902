package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quietune.accounting.NeighboringRelation;

class CertificateTest {
  private static final Certificate.Subject SUBJECT =
      new Certificate.Subject(
          "quietune test", "qem", Map.of("k", 1.5), "aa", "bb", new TreeMap<>(), "");

  private static NoisySum sum(double mu, NeighboringRelation relation, boolean secure) {
    return new NoisySum(
        SumPlan.forMu("p", 1, new L2Clip(1), mu, relation),
        new long[] {1},
        new Ledger.Receipt(1, "h"),
        "source",
        secure);
  }

  private static Certificate certificate(String unit, double delta, NoisySum... sums) {
    Map<String, NoisySum> named = new LinkedHashMap<>();
    for (NoisySum sum : sums) {
      named.put("sum-" + named.size(), sum);
    }
    return Certificate.of(
        SUBJECT,
        new Certificate.Spending(
            "run", "ward", unit, named, Optional.empty(), List.of(), new Ledger.Receipt(1, "h")),
        delta);
  }

  @Test
  void composesItsReleasesExactly() {
    // 3 and 4 make 5; ε of μ=.5 at 1e-5 is golden: 1.993091404415119631…
    Certificate certificate =
        certificate(
            "patient_id",
            1e-5,
            sum(0.3, NeighboringRelation.ADD_OR_REMOVE_ONE, true),
            sum(0.4, NeighboringRelation.ADD_OR_REMOVE_ONE, true));
    assertEquals(0.5, certificate.mu(), 1e-12);
    assertEquals(1.993091404415119, certificate.epsilon(), 1e-11);
    assertTrue(certificate.epsilon() >= 1.993091404415119);
    assertTrue(certificate.dpClaim());
    assertTrue(certificate.statement().contains("patient_id"), certificate.statement());
  }

  @Test
  void readsBackFromItsFile(@TempDir Path folder) throws Exception {
    Certificate certificate =
        certificate("record", 1e-6, sum(1, NeighboringRelation.REPLACE_ONE, true));
    Path file = folder.resolve("certificate.json");
    CertificateFile.write(file, certificate);
    Certificate back = CertificateFile.read(file);
    assertArrayEquals(CertificateFile.bytes(certificate), CertificateFile.bytes(back));
    assertEquals(certificate.releases(), back.releases());
    assertEquals(certificate.deltaCurve(), back.deltaCurve());
  }

  @Test
  void seededNoiseClaimsNothing() {
    Certificate certificate =
        certificate(
            "record",
            1e-6,
            sum(1, NeighboringRelation.ADD_OR_REMOVE_ONE, true),
            sum(1, NeighboringRelation.ADD_OR_REMOVE_ONE, false));
    assertFalse(certificate.dpClaim());
    assertTrue(certificate.statement().startsWith("No DP claim"));
  }

  @Test
  void relationsAreNotMixed() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            certificate(
                "record",
                1e-6,
                sum(1, NeighboringRelation.ADD_OR_REMOVE_ONE, true),
                sum(1, NeighboringRelation.REPLACE_ONE, true)));
  }
}
