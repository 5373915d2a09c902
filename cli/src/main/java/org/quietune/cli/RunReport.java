package org.quietune.cli;

import java.util.ArrayList;
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
import org.quietune.tuning.PrivateTuning;
import org.quietune.tuning.Quality;

/** Turns a run's certificate and metrics into the report for people. */
final class RunReport {
  private RunReport() {}

  static String html(
      Certificate certificate,
      Optional<Quality> before,
      Optional<Quality> after,
      String testData,
      String dataNote) {
    return new FineTuningReport(
            "Private fine-tuning report",
            guarantee(certificate),
            certificate.mechanism(),
            certificate.settings(),
            certificate.noiseSource(),
            releases(certificate),
            before.isPresent() && after.isPresent()
                ? new Evaluation(testData, before.get().named(), after.get().named())
                : Evaluation.none(),
            List.of(
                new FileEntry(RunFolder.MODEL, "the fine-tuned model", certificate.modelSha256()),
                new FileEntry(
                    RunFolder.BASE, "the pretrained model", certificate.baseModelSha256()),
                new FileEntry(RunFolder.CERTIFICATE, "the guarantee, for programs", ""),
                new FileEntry(
                    RunFolder.SIGNATURE,
                    certificate.signer().isEmpty() ? "missing: not signed" : "its signature",
                    ""),
                new FileEntry(RunFolder.RUN, "what the run was asked for", ""),
                new FileEntry(RunFolder.SUMS, "the noisy sums that were released", ""),
                new FileEntry(RunFolder.PUBLIC, "the public values that each step rests on", ""),
                new FileEntry(RunFolder.REPORT, "this page", "")),
            certificate.software(),
            environment(),
            notices(certificate, dataNote))
        .html();
  }

  private static List<Release> releases(Certificate certificate) {
    List<Release> releases = new ArrayList<>();
    for (Certificate.Release release : certificate.releases()) {
      releases.add(release(release, certificate.neighboringRelation()));
    }
    Certificate.Selected selection = certificate.selection();
    if (selection != null) {
      for (Certificate.Release release : selection.releases()) {
        releases.add(release(release, "a part of the selection"));
      }
    }
    return releases;
  }

  private static List<String> notices(Certificate certificate, String dataNote) {
    List<String> notices = new ArrayList<>();
    if (!dataNote.isEmpty()) {
      notices.add(dataNote);
    }
    if (certificate.signer().isEmpty()) {
      notices.add(
          "NOT SIGNED. The certificate of this run bears no signature: nobody can tell it from one"
              + " that somebody else wrote.");
    }
    Certificate.Selected selection = certificate.selection();
    if (selection != null) {
      Object selected = certificate.settings().get(PrivateTuning.SELECTED);
      notices.add(inWords(selection, PrivateTuning.PRETRAINED.equals(selected)));
    }
    if (!certificate.lost().isEmpty()) {
      notices.add(
          "Spent and lost: this run was interrupted, and %s. Nobody has seen what was lost, but it stays spent and is counted in ε."
              .formatted(
                  certificate.lost().size() == 1
                      ? "one spend came to nothing"
                      : certificate.lost().size() + " spends came to nothing"));
    }
    return notices;
  }

  private static String inWords(Certificate.Selected selection, boolean unchanged) {
    String outcome =
        selection.chosen() == 0
            ? "No run was drawn, as a random number may be zero: the model is the pretrained one,"
                + " unchanged."
            : "The best was a run of candidate %d%s."
                .formatted(
                    selection.chosen(),
                    unchanged
                        ? ", and by its score it made the model no better: the model is the"
                            + " pretrained one, unchanged"
                        : "");
    return "Private selection. Settings were selected on the private records, among %d candidates: the best of a random number of runs, by a noisy score. One charge (ledger entry %d) has paid for all of them, and ε counts it. %s The guarantee rests on secrets that this folder does not hold: how many runs there were, what the others gave, and how long it took."
        .formatted(selection.candidates(), selection.ledgerEntry().sequence(), outcome);
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
    return release(release, guarantee(release, relation));
  }

  private static Release release(Certificate.Release release, String guarantee) {
    NoiseLaw noise = release.noise();
    return new Release(
        release.purpose(),
        release.dimension(),
        release.clipNorm(),
        noise.inWords(),
        noise.multiplier(),
        guarantee,
        "entry " + release.ledgerEntry().sequence());
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
