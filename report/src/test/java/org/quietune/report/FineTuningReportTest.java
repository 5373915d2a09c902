package org.quietune.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.quietune.report.FineTuningReport.CurvePoint;
import org.quietune.report.FineTuningReport.Evaluation;
import org.quietune.report.FineTuningReport.FileEntry;
import org.quietune.report.FineTuningReport.Guarantee;
import org.quietune.report.FineTuningReport.Release;
import org.w3c.dom.Document;

class FineTuningReportTest {

  /** Points of the exact curve of 0.26805112-Gaussian DP, δ rounded up. */
  private static final List<CurvePoint> CURVE =
      List.of(
          new CurvePoint(0, 0.106618),
          new CurvePoint(0.25, 0.0285625),
          new CurvePoint(0.5, 0.00413272),
          new CurvePoint(0.75, 2.96578e-4),
          new CurvePoint(1, 1.00001e-5),
          new CurvePoint(1.25, 1.53126e-7),
          new CurvePoint(1.5, 1.04185e-9),
          new CurvePoint(2, 4.01103e-15));

  static FineTuningReport sample(boolean dpClaim) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("rounds", 4);
    settings.put("damping", 0.1);
    settings.put("subspace", "identity");
    settings.put("curvature", Map.of("publicRecords", 2000));
    settings.put("stepSizes", List.of(1.0, 1.0, 0.5, 0.25));
    Map<String, Double> before = new LinkedHashMap<>();
    before.put("auroc", 0.8251);
    before.put("auprc", 0.4312);
    before.put("loss", 0.3127);
    Map<String, Double> after = new LinkedHashMap<>();
    after.put("auroc", 0.8617);
    after.put("auprc", 0.4705);
    after.put("loss", 0.2894);
    return new FineTuningReport(
        "Fine-tuning report: mortality after 48 hours",
        guarantee(dpClaim),
        "Quadratic exponential mechanism, 4 rounds",
        settings,
        dpClaim ? "java.security.SecureRandom (NativePRNG)" : "seed 7",
        List.of(
            release("gradient, round 1", 11),
            release("gradient, round 2", 12),
            release("gradient, round 3", 13),
            release("gradient, round 4", 14)),
        new Evaluation("evaluation.csv, 1,200 generated records", before, after),
        List.of(
            new FileEntry("model.onnx", "fine-tuned model", "9f".repeat(32)),
            new FileEntry("base.onnx", "pretrained model", "0a".repeat(32)),
            new FileEntry("certificate.json", "the guarantee, for programs", "")),
        "Quietune 0.1.0",
        Map.of("Java", "17.0.15, Linux x86-64"),
        List.of("The data of this run is generated. It describes no person."));
  }

  private static Guarantee guarantee(boolean dpClaim) {
    return new Guarantee(
        dpClaim
            ? "Adding or removing all records of one patient changes the probability of any outcome"
                + " by at most a factor e^ε with ε = 0.9999993, up to δ = 1.0E-5."
            : "No DP claim: the noise came from a seed, so this model protects nobody.",
        dpClaim,
        0.9999993,
        1e-5,
        0.26805112,
        "ADD_OR_REMOVE_ONE",
        "patient",
        CURVE);
  }

  private static Release release(String purpose, int sequence) {
    return new Release(
        purpose,
        263,
        0.25,
        "normal",
        7.461264,
        "μ = 0.13402555",
        "#" + sequence + " " + "c4".repeat(8));
  }

  @Test
  void saysWhatIsGuaranteedAndWhatIsNot() {
    FineTuningReport report = sample(true);
    Document page = Xml.parse(report.html());
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains(report.guarantee().statement()));
    assertTrue(Xml.elements(page, "div", "alarm").isEmpty());
    assertEquals(List.of(report.title()), Xml.texts(page, "h1"));
    // Rounded up, never down.
    assertEquals(List.of("1", "1e-5", "55.4 %", "patient"), Xml.texts(page, "dd"));
    assertEquals(
        List.of(
            "What is guaranteed, and to whom",
            "What is not protected",
            "The trade between ε and δ",
            "What it was worth",
            "Everything that left the private data",
            "How it was made",
            "How to check this"),
        Xml.texts(page, "h2"));
    assertEquals(1, Xml.elements(page, "svg").size());
    assertTrue(text.contains("The data of this run is generated."));
    assertTrue(text.contains("quietune epsilon --mu 0.26805112 --delta 1e-5"));
    for (Release release : report.releases()) {
      assertTrue(text.contains(release.purpose()) && text.contains(release.ledgerEntry()));
    }
    List<String> cells = Xml.texts(page, "td");
    assertTrue(cells.containsAll(List.of("0.8251", "0.8617", "+0.0366", "-0.0233", "7.461264")));
    assertTrue(Xml.texts(page, "th").contains("curvature › publicRecords"));
  }

  @Test
  void withoutAClaimItSaysSoFirstAndShowsNoFigures() {
    Document page = Xml.parse(sample(false).html());
    assertEquals(1, Xml.elements(page, "div", "alarm").size());
    assertEquals(List.of("Nothing"), Xml.texts(page, "dd"));
    String text = page.getDocumentElement().getTextContent();
    int alarm = text.indexOf("No privacy guarantee");
    assertTrue(alarm >= 0 && alarm < text.indexOf("A pretrained model"));
    assertTrue(text.contains("No DP claim: the noise came from a seed"));
    assertFalse(text.contains("In plain words: the model would"));
    assertFalse(text.contains("guess is right"));
    assertTrue(text.contains("Nothing is protected in this run"));
    assertFalse(text.contains("limits what can be learned"));
  }

  @Test
  void withoutEvaluationOrCurveTheReportStands() {
    Guarantee pure =
        new Guarantee(
            "Pure.", true, 0.5, 0, Double.POSITIVE_INFINITY, "REPLACE_ONE", "stay", List.of());
    FineTuningReport report =
        new FineTuningReport(
            "T",
            pure,
            "m",
            Map.of(),
            "n",
            List.of(),
            Evaluation.none(),
            List.of(),
            "s",
            Map.of(),
            List.of());
    Document page = Xml.parse(report.html());
    String text = page.getDocumentElement().getTextContent();
    assertTrue(text.contains("No evaluation data was given"));
    assertTrue(text.contains("had been exchanged for any others"));
    assertTrue(text.contains("does not apply"));
    assertFalse(text.contains("quietune epsilon"));
    assertTrue(Xml.elements(page, "svg").isEmpty());
  }

  @Test
  void guessingAccuracyIsTheBestOfTheCurve() {
    // (1 + δ(0))/2 is the smallest here; ε = 1 alone gives e/(1 + e) = 0.731.
    assertEquals((1 + 0.106618) / 2, guarantee(true).guessingAccuracy(), 1e-12);
    Guarantee alone = new Guarantee("", true, 1, 0, 1, "REPLACE_ONE", "row", List.of());
    assertEquals(Math.E / (1 + Math.E), alone.guessingAccuracy(), 1e-12);
    Guarantee nothing =
        new Guarantee("", true, Double.POSITIVE_INFINITY, 0, 1, "REPLACE_ONE", "row", List.of());
    assertEquals(1, nothing.guessingAccuracy());
    Guarantee perfect = new Guarantee("", true, 0, 0, 0, "REPLACE_ONE", "row", List.of());
    assertEquals(0.5, perfect.guessingAccuracy());
  }

  @Test
  void oneSidedMetricsAreDashes() {
    FineTuningReport full = sample(true);
    FineTuningReport report =
        new FineTuningReport(
            full.title(),
            full.guarantee(),
            full.mechanism(),
            full.settings(),
            full.noiseSource(),
            full.releases(),
            new Evaluation("x", Map.of("auroc", 0.5), Map.of("accuracy", 0.75)),
            full.files(),
            full.software(),
            full.environment(),
            full.notices());
    List<String> cells = Xml.texts(Xml.parse(report.html()), "td");
    assertTrue(cells.containsAll(List.of("0.5000", "0.7500", "–")), cells.toString());
  }

  @Test
  void impossibleGuaranteesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> numbers(-1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> numbers(Double.NaN, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> numbers(1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> numbers(1, 0, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new CurvePoint(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new CurvePoint(0, 1.5));
  }

  private static Guarantee numbers(double epsilon, double delta, double mu) {
    return new Guarantee("", true, epsilon, delta, mu, "REPLACE_ONE", "row", List.of());
  }
}
