package org.quietune.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.quietune.accounting.PrivacyEvent;
import org.quietune.data.DataFile;
import org.quietune.data.Example;
import org.quietune.data.InvalidDataException;
import org.quietune.data.PrivateTable;
import org.quietune.data.PublicTable;
import org.quietune.model.Loss;
import org.quietune.model.ModelFile;
import org.quietune.model.ModelOptions;
import org.quietune.release.BudgetRefusedException;
import org.quietune.release.Certificate;
import org.quietune.release.CertificateFile;
import org.quietune.release.CrashPoint;
import org.quietune.release.DurableFile;
import org.quietune.release.FolderPublicStore;
import org.quietune.release.FolderSumStore;
import org.quietune.release.Ledger;
import org.quietune.release.LedgerBook;
import org.quietune.release.NoisySum;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.release.Selection;
import org.quietune.release.Sha256;
import org.quietune.release.SigningKey;
import org.quietune.tuning.FineTuning;
import org.quietune.tuning.PrivacyBudget;
import org.quietune.tuning.PublicData;
import org.quietune.tuning.PublicTraining;
import org.quietune.tuning.Quality;
import org.quietune.tuning.RoundListener;

/**
 * Fine-tuning from files to files. Everything that can be wrong with the input is found before the
 * folder is made and before anything is spent. What the run has done stands in its folder and in
 * the ledger from the moment it is done, so that an interrupted run can be taken up again.
 */
record FinetuneJob(RunOptions options, LedgerLocation ledgerLocation, RunFolder folder) {

  /** What was done: the certificate, the metrics on the test table, and the files. */
  record Outcome(
      Certificate certificate,
      Optional<Quality> before,
      Optional<Quality> after,
      Map<String, Object> summary) {}

  /** All that is read besides the private records, checked. */
  private record Inputs(
      ModelFile base,
      DataFile publicFile,
      PublicTable publicTable,
      Optional<DataFile> testFile,
      Optional<PublicTable> test,
      Optional<Quality> before,
      Optional<CurvatureInputs> curvature,
      Optional<SigningKey> key) {}

  /**
   * Inputs of the curvature that are not the public table's.
   *
   * @param origin kind and hash of their file
   */
  private record CurvatureInputs(String origin, List<Example> rows) {}

  /** What the ledger and the folder say of an interrupted run. */
  private record Standing(
      SortedMap<String, NoisySum> sums, Optional<Selection> selection, List<Ledger.Entry> lost) {}

  /** Runs in a new folder. */
  Outcome start() throws IOException {
    Path modelPath = Path.of(options.model());
    ModelFile base = base(modelPath);
    Inputs inputs = inputs(base, modelPath);
    PrivateRecords<Example> records = seal(base, modelPath);
    FineTuning.requireTrainable(base);
    folder.refuseUsed();
    try (Ledger ledger = ledgerLocation.open();
        Progress progress = Progress.start("Fine-tuning")) {
      String run = UUID.randomUUID().toString();
      LedgerGate.admit(ledger, rest(run, options.spend()));
      return folder.alone(
          () -> {
            folder.refuseUsed();
            folder.removeParts();
            RunFile file = describe(run, inputs, ledger.read());
            file.write(folder);
            DurableFile.write(folder.file(RunFolder.BASE), base.bytes());
            return finish(file, inputs, records, ledger, progress);
          });
    }
  }

  /**
   * Goes on with the run in the folder, which the caller has locked.
   *
   * @param allowedEpsilon the most that the whole run may cost, lost spends included
   */
  Outcome resume(RunFile file, double allowedEpsilon) throws IOException {
    refuseSecondLook();
    folder.removeParts();
    Path modelPath = folder.file(RunFolder.BASE);
    ModelFile base =
        Files.exists(modelPath)
            ? ModelFile.load(modelPath, trained()).minimizing(Loss.parse(file.loss()))
            : base(Path.of(options.model()));
    requireSame(base.sha256(), file.baseModelSha256(), "the pretrained model");
    Inputs inputs = inputs(base, modelPath);
    requireSame(inputs.publicFile().sha256(), file.publicDataSha256(), inputs.publicFile().name());
    inputs.testFile().ifPresent(f -> requireSame(f.sha256(), file.testSha256(), f.name()));
    requireSame(curvatureOrigin(inputs), file.curvatureData(), "the file of --curvature-data");
    PrivateRecords<Example> records =
        PrivateRecords.deferred(
            () -> seal(base, modelPath), PrivateTable.privacyUnit(options.unitColumn()));
    try (Ledger ledger = ledgerLocation.openExisting();
        Progress progress = Progress.start("Fine-tuning")) {
      Standing standing = standing(file, ledger.read());
      refuseTooMuchLost(standing.lost(), allowedEpsilon);
      List<PrivacyEvent> spent =
          standing.sums().values().stream().map(sum -> sum.plan().event()).toList();
      Optional<PrivacyBudget> left =
          spent.isEmpty() ? Optional.of(options.budget()) : options.budget().after(spent);
      left.ifPresent(budget -> LedgerGate.admit(ledger, rest(file.run(), budget.event())));
      if (!Files.exists(modelPath)) {
        DurableFile.write(modelPath, base.bytes());
      }
      return finish(file, inputs, records, ledger, progress);
    }
  }

  /** A selection's spend pays for one outcome, and nobody may stop it to see another. */
  private void refuseSecondLook() {
    if (options.isTuned()) {
      throw new InvalidDataException(
          folder.path()
              + " holds a private selection that was interrupted, which is never resumed: what the"
              + " ledger has of it stays spent. Start a new one with another --out");
    }
  }

  private static void requireSame(String actual, String expected, String what) {
    if (!actual.equals(expected)) {
      throw new InvalidDataException(
          what + " is not the one that the run began with: its SHA-256 differs from run.json's");
    }
  }

  private Inputs inputs(ModelFile base, Path modelPath) throws IOException {
    DataFile publicFile = DataFile.of(options.publicData());
    Optional<DataFile> testFile =
        options.test().isEmpty() ? Optional.empty() : Optional.of(DataFile.of(options.test()));
    Optional<PublicTable> test =
        testFile.map(file -> ModelTable.read(base, modelPath, file, options.label()));
    return new Inputs(
        base,
        publicFile,
        ModelTable.read(base, modelPath, publicFile, options.label()),
        testFile,
        test,
        test.map(table -> Evaluation.of(base, modelPath, table)),
        options.training().curvatureFile().map(file -> curvatureInputs(base, modelPath, file)),
        signingKey());
  }

  private CurvatureInputs curvatureInputs(ModelFile base, Path modelPath, DataFile file) {
    return new CurvatureInputs(
        "%s, SHA-256 %s".formatted(file.kind(), file.sha256()),
        ModelTable.inputs(base, modelPath, file, options.label()).rows());
  }

  /** Kind and hash of the file of the curvature's inputs; empty where they are the public ones. */
  private static String curvatureOrigin(Inputs inputs) {
    return inputs.curvature().map(CurvatureInputs::origin).orElse("");
  }

  private Optional<SigningKey> signingKey() {
    if (options.sign().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(SigningKey.read(Path.of(options.sign())));
    } catch (IOException e) {
      throw new InvalidDataException(
          options.sign() + " cannot be used as a signing key: " + e.getMessage(), e);
    }
  }

  private PrivateRecords<Example> seal(ModelFile base, Path modelPath) {
    DataFile file = DataFile.of(options.privateData()).numbered(base.classNames());
    return PrivateTable.seal(
        file,
        ModelTable.columns(base, modelPath, file, options.label(), options.unitColumn()),
        options.label(),
        options.unitColumn(),
        ModelTable.labels(base));
  }

  private RunFile describe(String run, Inputs inputs, LedgerBook book) {
    return new RunFile(
        RunFile.FORMAT_VERSION,
        Version.software(),
        run,
        options,
        inputs.base().loss().text(),
        inputs.base().sha256(),
        inputs.publicFile().sha256(),
        inputs.testFile().map(DataFile::sha256).orElse(""),
        curvatureOrigin(inputs),
        new Certificate.LedgerEntry(book.head().sequence(), book.head().hash()));
  }

  /** What is still to be spent, as one release. */
  private Ledger.Charge rest(String run, PrivacyEvent event) {
    return new Ledger.Charge(
        options.dataset(),
        run,
        "the whole run",
        PrivateTable.privacyUnit(options.unitColumn()),
        options.relation(),
        event);
  }

  private Standing standing(RunFile file, LedgerBook book) throws IOException {
    Ledger.Receipt start = file.ledgerStart().receipt();
    if (start.sequence() > 0 && !book.holds(start)) {
      throw foreignLedger(start);
    }
    SortedMap<String, NoisySum> sums = folder.storedSums();
    List<Ledger.Entry> lost = new ArrayList<>(entries(file, book));
    Optional<Selection> selection = folder.selection();
    List<Ledger.Receipt> spends = new ArrayList<>();
    sums.values().forEach(sum -> spends.add(sum.receipt()));
    selection.ifPresent(
        selected -> {
          // One spend has paid for all sums of the best run.
          spends.removeIf(selected.receipt()::equals);
          spends.add(selected.receipt());
        });
    for (Ledger.Receipt spend : spends) {
      if (!lost.removeIf(entry -> entry.receipt().equals(spend))) {
        throw foreignLedger(spend);
      }
    }
    return new Standing(sums, selection, lost);
  }

  private InvalidDataException foreignLedger(Ledger.Receipt missing) {
    return new InvalidDataException(
        "%s is not the ledger that the run began with, or was set back: it lacks entry %d as the run knows it (name the right one with --ledger)"
            .formatted(ledgerLocation, missing.sequence()));
  }

  private List<Ledger.Entry> entries(RunFile file, LedgerBook book) {
    return book.entries(options.dataset()).stream()
        .filter(entry -> entry.charge().run().equals(file.run()))
        .toList();
  }

  /** A lost spend stays spent; making up for it costs more than the run was asked to cost. */
  private void refuseTooMuchLost(List<Ledger.Entry> lost, double allowedEpsilon) {
    if (lost.isEmpty()) {
      return;
    }
    List<PrivacyEvent> events = new ArrayList<>(List.of(options.budget().event()));
    lost.forEach(entry -> events.add(entry.charge().event()));
    double epsilon =
        Certificate.Guarantee.of(options.relation(), events, options.delta()).epsilon();
    if (epsilon > allowedEpsilon) {
      throw new BudgetRefusedException(
          "%1$s: finishing costs epsilon %2$s in all, and %3$s is allowed. To allow it: --resume %4$s --epsilon %2$s"
              .formatted(inWords(lost), epsilon, allowedEpsilon, folder.path()));
    }
  }

  private static String inWords(List<Ledger.Entry> lost) {
    String first = lost.get(0).charge().purpose();
    return lost.size() == 1
        ? "one spend of this run (%s) was lost in a crash and stays spent".formatted(first)
        : "%d spends of this run (%s, …) were lost in crashes and stay spent"
            .formatted(lost.size(), first);
  }

  private Outcome finish(
      RunFile file,
      Inputs inputs,
      PrivateRecords<Example> records,
      Ledger ledger,
      Progress progress)
      throws IOException {
    ReleaseContext context =
        ReleaseContext.durable(
                ledger,
                options.dataset(),
                file.run(),
                new FolderSumStore(folder.sums()),
                Runtime.getRuntime().availableProcessors())
            .keepingPublicValuesIn(new FolderPublicStore(folder.publicFolder()));
    List<Example> publicRows = inputs.publicTable().rows();
    FineTuning.Result result =
        FineTuning.run(
            new FineTuning.Request(
                inputs.base(),
                new PublicData(
                    publicRows,
                    inputs.curvature().map(CurvatureInputs::rows).orElse(publicRows),
                    options.training().augmented(inputs.publicTable())),
                records,
                options.statedUnits(),
                options.recordsPerUnit(),
                options.budget(),
                options.method(),
                options.training().geometry()),
            context,
            listener(progress));
    return write(file, inputs, result, ledger.read());
  }

  private Outcome write(RunFile file, Inputs inputs, FineTuning.Result result, LedgerBook book)
      throws IOException {
    Path modelPath = folder.file(RunFolder.MODEL);
    DurableFile.write(modelPath, result.model().bytes());
    Standing standing = standing(file, book);
    Map<String, Object> settings = new LinkedHashMap<>(result.settings());
    inputs.curvature().ifPresent(own -> settings.put(RunFile.CURVATURE_DATA, own.origin()));
    Certificate withoutReport =
        Certificate.of(
            new Certificate.Subject(
                file.software(),
                options.method().name(),
                settings,
                inputs.base().sha256(),
                result.model().sha256(),
                folder.hashes(),
                inputs.key().map(key -> key.publicKey().text()).orElse("")),
            new Certificate.Spending(
                file.run(),
                options.dataset(),
                PrivateTable.privacyUnit(options.unitColumn()),
                standing.sums(),
                standing.selection(),
                standing.lost(),
                book.head()),
            options.delta());
    Optional<Quality> before = inputs.before();
    Optional<Quality> after =
        inputs.test().map(table -> Evaluation.of(result.model(), modelPath, table));
    byte[] report =
        RunReport.html(
                withoutReport,
                before,
                after,
                inputs.testFile().map(DataFile::name).orElse(""),
                options.dataNote())
            .getBytes(StandardCharsets.UTF_8);
    DurableFile.write(folder.file(RunFolder.REPORT), report);
    Certificate certificate = withoutReport.withFile(RunFolder.REPORT, Sha256.hex(report));
    seal(certificate, inputs.key());
    if (options.isTuned()) {
      folder.hideDuration();
    }
    return new Outcome(certificate, before, after, summary(certificate, before, after));
  }

  /** The certificate comes last: a folder that has one is finished. */
  private void seal(Certificate certificate, Optional<SigningKey> key) throws IOException {
    if (key.isPresent()) {
      DurableFile.write(
          folder.file(RunFolder.SIGNATURE), key.get().sign(CertificateFile.bytes(certificate)));
    } else {
      Files.deleteIfExists(folder.file(RunFolder.SIGNATURE));
      System.err.println(
          "quietune: WARNING: the certificate is NOT SIGNED, so nobody can tell it from one that"
              + " somebody else wrote. Make a key with quietune keygen, and pass it with --sign.");
    }
    CertificateFile.write(folder.file(RunFolder.CERTIFICATE), certificate);
  }

  /** What a finished run came to. */
  Map<String, Object> finished() throws IOException {
    return summary(
        CertificateFile.read(folder.file(RunFolder.CERTIFICATE)),
        Optional.empty(),
        Optional.empty());
  }

  private Map<String, Object> summary(
      Certificate certificate, Optional<Quality> before, Optional<Quality> after) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("epsilon", certificate.epsilon());
    summary.put("delta", certificate.delta());
    if (Double.isFinite(certificate.mu())) {
      summary.put("mu", certificate.mu());
    }
    summary.put("privacyUnit", certificate.privacyUnit());
    summary.put("releases", certificate.releases().size());
    Certificate.Selected selection = certificate.selection();
    if (selection != null) {
      summary.put("candidates", selection.candidates());
      summary.put("candidate", selection.chosen());
    }
    summary.put("lost", certificate.lost().size());
    summary.put("signed", !certificate.signer().isEmpty());
    before.ifPresent(m -> m.named().forEach((name, v) -> summary.put(name + "Before", v)));
    after.ifPresent(m -> m.named().forEach((name, v) -> summary.put(name + "After", v)));
    summary.put("model", folder.file(RunFolder.MODEL).toString());
    summary.put("certificate", folder.file(RunFolder.CERTIFICATE).toString());
    summary.put("report", folder.file(RunFolder.REPORT).toString());
    return summary;
  }

  private ModelOptions trained() {
    return ModelOptions.defaults().withTrained(options.training().selection());
  }

  /**
   * The model with the loss and the tensors that are to be trained, and its head if it gets one.
   */
  private ModelFile base(Path path) {
    DataFile publicFile = DataFile.of(options.publicData());
    LossChoice choice = options.training().loss();
    ForeignModel foreign = options.foreign();
    ModelFile read =
        foreign.isNone()
            ? ModelFile.load(path, trained())
            : foreign.adapted(path, choice, publicFile).training(options.training().selection());
    ModelFile base =
        read.minimizing(
            choice.on(
                read, () -> ModelTable.publicLabels(read, path, publicFile, options.label())));
    if (!foreign.hasHead()) {
      return base;
    }
    try (Progress progress = Progress.start("Pretraining the head")) {
      return PublicTraining.head(
              ModelTable.read(base, path, publicFile, options.label()), base, progress::fraction)
          .model();
    }
  }

  /** Shows progress on stderr, and what was chosen. */
  private static RoundListener listener(Progress progress) {
    return new RoundListener() {
      @Override
      public void chosen(String summary) {
        System.err.println("quietune: training " + summary);
      }

      @Override
      public void roundDone(int round, int rounds) {
        progress.round(round, rounds);
        CrashPoint.BETWEEN_ROUNDS.reached("round " + round);
      }
    };
  }
}
