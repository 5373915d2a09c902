package org.quietune.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.release.Certificate;
import org.quietune.release.GaussianNoise;
import org.quietune.release.NoiseLaw;
import org.quietune.release.PoissonGaussianNoise;
import org.quietune.report.FineTuningReport;
import org.quietune.report.FineTuningReport.CurvePoint;
import org.quietune.report.FineTuningReport.Evaluation;
import org.quietune.report.FineTuningReport.FileEntry;
import org.quietune.report.FineTuningReport.Guarantee;
import org.quietune.report.FineTuningReport.Release;
import org.quietune.tuning.Metrics;

/** Turns a run's certificate and metrics into the report for people. */
final class RunReport {
  private RunReport() {}

  static String html(
      Certificate certificate,
      Optional<Metrics> before,
      Optional<Metrics> after,
      String testData,
      String dataNote) {
    return new FineTuningReport(
            "Private fine-tuning report",
            guarantee(certificate),
            certificate.mechanism(),
            certificate.settings(),
            certificate.noiseSource(),
            certificate.releases().stream()
                .map(release -> release(release, certificate.neighboringRelation()))
                .toList(),
            before.isPresent() && after.isPresent()
                ? new Evaluation(testData, before.get().named(), after.get().named())
                : Evaluation.none(),
            List.of(
                new FileEntry("model.onnx", "the fine-tuned model", certificate.modelSha256()),
                new FileEntry("certificate.json", "the guarantee, for programs", ""),
                new FileEntry("report.html", "this page", ""),
                new FileEntry("sums", "the noisy sums that were released", "")),
            certificate.software(),
            environment(),
            dataNote)
        .html();
  }

  private static Guarantee guarantee(Certificate certificate) {
    return new Guarantee(
        certificate.statement(),
        certificate.dpClaim(),
        certificate.epsilon(),
        certificate.delta(),
        certificate.mu(),
        certificate.neighboringRelation().name(),
        certificate.privacyUnit(),
        certificate.deltaCurve().stream()
            .map(point -> new CurvePoint(point.epsilon(), point.delta()))
            .toList());
  }

  private static Release release(Certificate.Release release, NeighboringRelation relation) {
    NoiseLaw noise = release.noise();
    return new Release(
        release.purpose(),
        release.dimension(),
        release.clipNorm(),
        noise.inWords(),
        noise.multiplier(),
        guarantee(release, relation),
        "entry " + release.ledgerSequence());
  }

  /** Of one release alone. A sampled one has a curve and no one number. */
  private static String guarantee(Certificate.Release release, NeighboringRelation relation) {
    NoiseLaw noise = release.noise();
    if (noise instanceof PoissonGaussianNoise) {
      return "counted with all others";
    }
    return noise instanceof GaussianNoise gaussian
        ? "μ = " + gaussian.mu(relation)
        : "ε = " + release.pureEpsilon(relation);
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    environment.put("System", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return environment;
  }
}
