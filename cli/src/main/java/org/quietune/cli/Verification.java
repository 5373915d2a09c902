package org.quietune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.data.PrivateTable;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.ModelOptions;
import org.quietune.release.Certificate;
import org.quietune.release.CertificateFile;
import org.quietune.release.FolderPublicStore;
import org.quietune.release.FolderSumStore;
import org.quietune.release.Ledger;
import org.quietune.release.LedgerBook;
import org.quietune.release.LedgerExport;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.release.Selection;
import org.quietune.release.Sha256;
import org.quietune.release.VerifyingKey;
import org.quietune.tuning.FineTuning;
import org.quietune.tuning.PrivateTuning;
import org.quietune.tuning.PublicData;
import org.quietune.tuning.RoundListener;

/**
 * The checks of a finished run's folder. Nothing that the certificate states is taken for granted:
 * figures are composed anew from the releases' parameters, and the model is computed anew, by the
 * run's own code, from the pretrained one, the stored sums and the stored public values.
 */
final class Verification {
  /**
   * Relative difference of figures that may come from another machine's logarithm. A smaller ε than
   * the true one by less than this is no lie that matters.
   */
  private static final double TOLERANCE = 1e-9;

  private static final String EXPORT = ".jsonl";

  /**
   * One check.
   *
   * @param detail what was found; where it failed, with the file
   */
  record Check(String name, boolean ok, String detail) {}

  /** A check that fails, saying what and where. */
  private static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
      super(message);
    }
  }

  @FunctionalInterface
  private interface Test {
    /** What was found. */
    String run() throws Failure, IOException;
  }

  private final RunFolder folder;
  private final Optional<VerifyingKey> expectedKey;
  private final Optional<String> ledger;
  private final List<Check> checks = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /**
   * A verification.
   *
   * @param expectedKey the key that must have signed, where the caller knows it
   * @param ledger where the spends must stand; their check is left out where empty
   */
  Verification(RunFolder folder, Optional<VerifyingKey> expectedKey, Optional<String> ledger) {
    this.folder = folder;
    this.expectedKey = expectedKey;
    this.ledger = ledger;
  }

  /** What was computed anew, for programs. */
  Map<String, Object> figures() {
    return figures;
  }

  List<Check> run() {
    Certificate certificate = readCertificate();
    if (certificate != null) {
      check("signature", () -> signature(certificate));
      check("files", () -> files(certificate));
      check("guarantee", () -> guarantee(certificate));
      check("run", () -> run(certificate));
      check("releases", () -> releases(certificate));
      check("model", () -> model(certificate));
      check("parameters", () -> parameters());
      check("ledger", () -> ledger(certificate));
    }
    return checks;
  }

  private void check(String name, Test test) {
    try {
      checks.add(new Check(name, true, test.run()));
    } catch (Failure | IOException | RuntimeException e) {
      checks.add(new Check(name, false, message(e)));
    }
  }

  private static String message(Exception e) {
    if (e instanceof NoSuchFileException) {
      return e.getMessage() + " is missing";
    }
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse("failed");
  }

  private @Nullable Certificate readCertificate() {
    List<Certificate> read = new ArrayList<>();
    check(
        "certificate",
        () -> {
          Certificate certificate = CertificateFile.read(folder.file(RunFolder.CERTIFICATE));
          read.add(certificate);
          return "format " + certificate.formatVersion() + ", by " + certificate.software();
        });
    return read.isEmpty() ? null : read.get(0);
  }

  private String signature(Certificate certificate) throws Failure, IOException {
    Path file = folder.file(RunFolder.SIGNATURE);
    figures.put("signed", !certificate.signer().isEmpty());
    if (certificate.signer().isEmpty()) {
      require(
          expectedKey.isEmpty(),
          RunFolder.CERTIFICATE + " is NOT SIGNED, and a signature is expected");
      require(!Files.exists(file), file + " stands beside a certificate that names no signer");
      return "NOT SIGNED: whoever can write to the folder could have written all of it";
    }
    VerifyingKey named = VerifyingKey.parse(certificate.signer());
    VerifyingKey key = expectedKey.orElse(named);
    require(
        key.text().equals(named.text()),
        RunFolder.CERTIFICATE + " is signed with another key than the given one");
    require(
        key.verifies(
            Files.readAllBytes(folder.file(RunFolder.CERTIFICATE)), Files.readAllBytes(file)),
        file + " is not the signature of " + RunFolder.CERTIFICATE);
    return expectedKey.isPresent()
        ? "by the given key"
        : "by the key that the certificate names, which proves nothing about who that is: give"
            + " --public-key";
  }

  private String files(Certificate certificate) throws Failure, IOException {
    Set<String> present = new TreeSet<>(folder.covered());
    for (Map.Entry<String, String> entry : certificate.files().entrySet()) {
      String name = entry.getKey();
      require(present.remove(name), folder.file(name) + " is missing");
      require(
          Sha256.hex(Files.readAllBytes(folder.file(name))).equals(entry.getValue()),
          folder.file(name) + " was changed: its SHA-256 is not the certificate's");
    }
    require(present.isEmpty(), "the certificate does not name " + String.join(", ", present));
    return certificate.files().size() + " files have the certificate's hashes";
  }

  private String guarantee(Certificate certificate) throws Failure {
    Certificate.Guarantee own = certificate.recomputed();
    figures.put("epsilon", own.epsilon());
    figures.put("delta", certificate.delta());
    if (Double.isFinite(own.mu())) {
      figures.put("mu", own.mu());
    }
    requireSame("epsilon", certificate.epsilon(), own.epsilon());
    if (Double.isFinite(own.mu()) || Double.isFinite(certificate.mu())) {
      requireSame("mu", certificate.mu(), own.mu());
    }
    require(
        certificate.deltaCurve().size() == own.deltaCurve().size(),
        "the certificate's curve lacks points");
    for (int i = 0; i < own.deltaCurve().size(); i++) {
      Certificate.CurvePoint stated = certificate.deltaCurve().get(i);
      requireSame("epsilon of the curve", stated.epsilon(), own.deltaCurve().get(i).epsilon());
      requireSame("delta of the curve", stated.delta(), own.deltaCurve().get(i).delta());
    }
    require(
        certificate.statement().equals(certificate.expectedStatement()),
        "the certificate's statement does not say what its figures say");
    require(certificate.dpClaim(), "the noise was seeded: there is no guarantee");
    return "epsilon %s at delta %s, composed anew from %d releases%s and %d lost spends"
        .formatted(
            own.epsilon(),
            certificate.delta(),
            certificate.releases().size(),
            certificate.selection() == null ? "" : ", a private selection",
            certificate.lost().size());
  }

  private static void requireSame(String what, double stated, double own) throws Failure {
    require(
        stated >= own * (1 - TOLERANCE) && stated <= own * (1 + TOLERANCE),
        "the certificate states %s %s, but it is %s".formatted(what, stated, own));
  }

  private String run(Certificate certificate) throws Failure {
    RunFile file = RunFile.read(folder);
    RunOptions options = file.options();
    requireEqual("run", certificate.run(), file.run());
    requireEqual("software", certificate.software(), file.software());
    requireEqual("base model", certificate.baseModelSha256(), file.baseModelSha256());
    requireEqual("data set", certificate.dataset(), options.dataset());
    requireEqual("delta", certificate.delta(), options.delta());
    requireEqual("relation", certificate.neighboringRelation(), options.relation());
    requireEqual(
        "privacy unit", certificate.privacyUnit(), PrivateTable.privacyUnit(options.unitColumn()));
    requireEqual(
        "loss",
        certificate.settings().getOrDefault("loss", Loss.crossEntropy().text()),
        file.loss());
    requireEqual(
        "curvature data",
        certificate.settings().getOrDefault(RunFile.CURVATURE_DATA, ""),
        file.curvatureData());
    requireEqual("mechanism", certificate.mechanism(), options.method().name());
    requireEqual("selection", certificate.selection() != null, options.isTuned());
    return "the certificate is of the run that " + RunFolder.RUN + " describes";
  }

  private static void requireEqual(String what, Object certificate, Object run) throws Failure {
    require(
        certificate.equals(run),
        "the %s in the certificate (%s) is not that of %s (%s)"
            .formatted(what, certificate, RunFolder.RUN, run));
  }

  private String releases(Certificate certificate) throws Failure, IOException {
    Map<String, NoisySum> sums = new LinkedHashMap<>(folder.storedSums());
    for (Certificate.Release release : certificate.releases()) {
      requireStored(certificate, release, sums);
    }
    String selected = selection(certificate, sums);
    require(sums.isEmpty(), "the certificate leaves out the sums " + sums.keySet());
    Set<Ledger.Receipt> spends = new HashSet<>();
    for (Certificate.LedgerEntry entry : entries(certificate)) {
      require(spends.add(entry.receipt()), "entry " + entry.sequence() + " pays for two releases");
    }
    return certificate.releases().size()
        + " stored sums are those certified, one spend each"
        + selected;
  }

  /** Takes the best run's sums out of those that are left. */
  private String selection(Certificate certificate, Map<String, NoisySum> sums)
      throws Failure, IOException {
    Certificate.Selected stated = certificate.selection();
    if (stated == null) {
      return "";
    }
    Selection kept =
        folder
            .selection()
            .orElseThrow(() -> new Failure("the folder does not hold the selection's outcome"));
    RunOptions options = RunFile.read(folder).options();
    require(
        stated.privacyEvent().equals(kept.event())
            && stated.purpose().equals(kept.purpose())
            && stated.candidates() == kept.candidates()
            && stated.chosen() == kept.chosen()
            && stated.ledgerEntry().receipt().equals(kept.receipt())
            && certificate.neighboringRelation() == kept.relation()
            && certificate.noiseSource().equals(kept.noiseSource())
            && kept.secure(),
        "the selection that is certified is not the one that the folder holds");
    require(
        kept.event().expectedRuns() == options.tuneRuns()
            && options.method() instanceof PrivateTuning tuning
            && tuning.candidates().size() == kept.candidates(),
        "the selection is not the one that " + RunFolder.RUN + " asks for");
    for (Certificate.Release release : stated.releases()) {
      require(
          release.ledgerEntry().equals(stated.ledgerEntry()),
          "the selection has not paid for its release " + release.name());
      requireStored(certificate, release, sums);
    }
    require(
        stated.releases().isEmpty() == (stated.chosen() == 0),
        "a selection has releases where a run was made, and only there");
    require(
        stated.isWithinOneRun(certificate.neighboringRelation()),
        "the best run has spent more than the selection charged for a run");
    return "; %d more are of the best run, paid by one selection and within a run's share. That no"
            .formatted(stated.releases().size())
        + " other run was seen cannot be checked";
  }

  private static void requireStored(
      Certificate certificate, Certificate.Release release, Map<String, NoisySum> sums)
      throws Failure {
    NoisySum sum = sums.remove(release.name());
    require(sum != null, "no stored sum belongs to the release " + release.name());
    require(
        matches(certificate, release, sum),
        RunFolder.SUMS + "/" + release.name() + ".json is not the release that is certified");
  }

  private static boolean matches(
      Certificate certificate, Certificate.Release release, NoisySum sum) {
    return release.purpose().equals(sum.plan().purpose())
        && release.dimension() == sum.plan().dimension()
        && release.clipNorm() == sum.plan().clip().clipNorm()
        && release.clipBits() == sum.plan().clip().clipBits()
        && release.noise().equals(sum.plan().noise())
        && certificate.neighboringRelation() == sum.plan().relation()
        && release.ledgerEntry().receipt().equals(sum.receipt())
        && certificate.noiseSource().equals(sum.noiseSource())
        && sum.secure();
  }

  private static List<Certificate.LedgerEntry> entries(Certificate certificate) {
    List<Certificate.LedgerEntry> entries = new ArrayList<>();
    certificate.releases().forEach(release -> entries.add(release.ledgerEntry()));
    certificate.lost().forEach(lost -> entries.add(lost.ledgerEntry()));
    Certificate.Selected selection = certificate.selection();
    if (selection != null) {
      entries.add(selection.ledgerEntry());
    }
    return entries;
  }

  private String model(Certificate certificate) throws Failure {
    requireHash(RunFolder.BASE, certificate.baseModelSha256());
    requireHash(RunFolder.MODEL, certificate.modelSha256());
    return "base and fine-tuned model have the certificate's hashes";
  }

  private void requireHash(String name, String expected) throws Failure {
    Path file = folder.file(name);
    require(
        ModelFile.load(file).sha256().equals(expected),
        file + " was changed: its SHA-256 is not the certificate's");
  }

  /** The run's own code again, on what the folder holds. */
  private String parameters() throws Failure {
    RunOptions options = RunFile.read(folder).options();
    ModelOptions trained = ModelOptions.defaults().withTrained(options.training().selection());
    ModelFile base =
        ModelFile.load(
            folder.file(RunFolder.BASE), trained.withLoss(Loss.parse(RunFile.read(folder).loss())));
    FineTuning.Result again =
        FineTuning.run(
            new FineTuning.Request(
                base,
                PublicData.of(List.of()),
                PrivateRecords.deferred(
                    () -> {
                      throw new IllegalStateException("verification reads no private data");
                    },
                    PrivateTable.privacyUnit(options.unitColumn())),
                options.statedUnits(),
                options.recordsPerUnit(),
                options.budget(),
                options.method(),
                options.training().geometry()),
            ReleaseContext.replaying(
                new FolderSumStore(folder.sums()),
                FolderPublicStore.complete(folder.publicFolder())),
            RoundListener.silent());
    Path file = folder.file(RunFolder.MODEL);
    ModelFile model = ModelFile.load(file, trained);
    double difference = maxDifference(again.model(), model);
    figures.put("maxDifference", difference);
    require(
        Arrays.equals(again.model().bytes(), model.bytes()),
        "%s does not follow from the stored sums: max difference of a parameter %s"
            .formatted(file, difference));
    return "follow from the stored sums: max difference " + difference;
  }

  private static double maxDifference(ModelFile a, ModelFile b) {
    double[] left = a.parameterValues();
    double[] right = b.parameterValues();
    double max = left.length == right.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      max = Math.max(max, Math.abs(left[i] - right[i]));
    }
    return max;
  }

  private String ledger(Certificate certificate) throws Failure, IOException {
    if (ledger.isEmpty()) {
      return "not checked: give --ledger to see that the spends stand there, and no others of this"
          + " run";
    }
    String place = ledger.get();
    LedgerBook book = book(place);
    Ledger.Receipt head = certificate.ledgerHead().receipt();
    require(
        book.holds(head),
        "%s does not go back to the certificate's head, entry %d"
            .formatted(place, head.sequence()));
    Map<Ledger.Receipt, Ledger.Charge> spends = new LinkedHashMap<>();
    for (Ledger.Entry entry : book.entries(certificate.dataset())) {
      if (entry.charge().run().equals(certificate.run())) {
        spends.put(entry.receipt(), entry.charge());
      }
    }
    for (Certificate.Release release : certificate.releases()) {
      requireSpend(
          place,
          spends,
          certificate,
          release.ledgerEntry(),
          release.purpose(),
          release.event(certificate.neighboringRelation()));
    }
    for (Certificate.Lost lost : certificate.lost()) {
      requireSpend(
          place, spends, certificate, lost.ledgerEntry(), lost.purpose(), lost.privacyEvent());
    }
    Certificate.Selected selection = certificate.selection();
    if (selection != null) {
      requireSpend(
          place,
          spends,
          certificate,
          selection.ledgerEntry(),
          selection.purpose(),
          selection.privacyEvent());
    }
    for (Ledger.Receipt more : spends.keySet()) {
      throw new Failure(
          "%s holds a spend of this run that the certificate hides: entry %d"
              .formatted(place, more.sequence()));
    }
    return entries(certificate).size() + " spends stand in the ledger, and no others of this run";
  }

  private static LedgerBook book(String place) throws IOException {
    if (place.endsWith(EXPORT)) {
      try (BufferedReader reader = Files.newBufferedReader(Path.of(place))) {
        return LedgerExport.read(place, reader);
      }
    }
    try (Ledger open = new LedgerLocation(place).openExisting()) {
      return open.read();
    }
  }

  private static void requireSpend(
      String place,
      Map<Ledger.Receipt, Ledger.Charge> spends,
      Certificate certificate,
      Certificate.LedgerEntry entry,
      String purpose,
      PrivacyEvent event)
      throws Failure {
    Ledger.Charge charge = spends.remove(entry.receipt());
    require(
        charge != null
            && charge.purpose().equals(purpose)
            && charge.event().equals(event)
            && charge.relation() == certificate.neighboringRelation()
            && charge.privacyUnit().equals(certificate.privacyUnit()),
        "%s does not hold entry %d as it is certified (%s)"
            .formatted(place, entry.sequence(), purpose));
  }

  private static void require(boolean holds, String failure) throws Failure {
    if (!holds) {
      throw new Failure(failure);
    }
  }
}
