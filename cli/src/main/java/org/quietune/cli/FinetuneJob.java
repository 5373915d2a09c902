package org.quietune.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import org.quietune.accounting.NeighboringRelation;
import org.quietune.data.DataFile;
import org.quietune.data.Example;
import org.quietune.data.InvalidDataException;
import org.quietune.data.LabelDomain;
import org.quietune.data.PrivateTable;
import org.quietune.data.PublicTable;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;
import org.quietune.model.RowwiseNetwork;
import org.quietune.release.Certificate;
import org.quietune.release.CertificateFile;
import org.quietune.release.DurableFile;
import org.quietune.release.FolderSumStore;
import org.quietune.release.Ledger;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReleaseContext;
import org.quietune.tuning.FineTuning;
import org.quietune.tuning.FineTuningMethod;
import org.quietune.tuning.Metrics;
import org.quietune.tuning.PrivacyBudget;

/**
 * Fine-tuning from files to files. Everything that can be wrong with the input is found before the
 * folder is made and before anything is spent.
 *
 * @param dataNote a remark about the data for the report; empty for none
 */
record FinetuneJob(
    Path modelPath,
    DataFile publicFile,
    DataFile privateFile,
    Optional<DataFile> testFile,
    String label,
    Optional<String> unit,
    OptionalDouble units,
    double recordsPerUnit,
    double epsilon,
    double delta,
    NeighboringRelation relation,
    FineTuningMethod method,
    LedgerLocation ledgerLocation,
    String dataset,
    Path out,
    String dataNote) {

  /** What was done: the certificate, the metrics on the test table, and the files. */
  record Outcome(
      Certificate certificate,
      Optional<Metrics> before,
      Optional<Metrics> after,
      Map<String, Object> summary) {}

  Outcome run() throws IOException {
    ModelFile base = ModelFile.load(modelPath);
    PublicTable publicTable = ModelTable.read(base, modelPath, publicFile, label);
    Optional<PublicTable> test =
        testFile.map(file -> ModelTable.read(base, modelPath, file, label));
    DataFile numbered = privateFile.numbered(base.classNames());
    List<String> columns = ModelTable.columns(base, modelPath, numbered, label, unit);
    PrivateRecords<Example> records =
        PrivateTable.seal(numbered, columns, label, unit, LabelDomain.classes(base.classes()));
    requireTrainable(base);
    Optional<Metrics> before = test.map(table -> Evaluation.of(base, modelPath, table));
    refuseUsedFolder();
    PrivacyBudget budget = PrivacyBudget.of(epsilon, delta, relation);
    String run = UUID.randomUUID().toString();
    try (Ledger ledger = ledgerLocation.open();
        Progress progress = Progress.start("Fine-tuning")) {
      LedgerGate.admit(
          ledger,
          new Ledger.Charge(
              dataset, run, "the whole run", records.privacyUnit(), relation, budget.event()));
      ReleaseContext context =
          ReleaseContext.durable(
              ledger,
              dataset,
              run,
              new FolderSumStore(out.resolve("sums")),
              Runtime.getRuntime().availableProcessors());
      FineTuning.Result result =
          FineTuning.run(
              new FineTuning.Request(
                  base, publicTable.rows(), records, units, recordsPerUnit, budget, method),
              context,
              progress::round);
      return write(base, result, records.privacyUnit(), before, test);
    }
  }

  private Outcome write(
      ModelFile base,
      FineTuning.Result result,
      String privacyUnit,
      Optional<Metrics> before,
      Optional<PublicTable> test)
      throws IOException {
    ModelFile model = result.model();
    Certificate certificate =
        Certificate.of(
            new Certificate.Subject(
                Version.software(),
                method.name(),
                result.settings(),
                base.sha256(),
                model.sha256()),
            result.releases(),
            privacyUnit,
            delta);
    Path modelOut = out.resolve("model.onnx");
    model.save(modelOut);
    CertificateFile.write(out.resolve("certificate.json"), certificate);
    Optional<Metrics> after = test.map(table -> Evaluation.of(model, modelOut, table));
    DurableFile.write(
        out.resolve("report.html"),
        RunReport.html(
                certificate, before, after, testFile.map(DataFile::name).orElse(""), dataNote)
            .getBytes(StandardCharsets.UTF_8));
    return new Outcome(certificate, before, after, summary(certificate, before, after));
  }

  private Map<String, Object> summary(
      Certificate certificate, Optional<Metrics> before, Optional<Metrics> after) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("epsilon", certificate.epsilon());
    summary.put("delta", certificate.delta());
    if (Double.isFinite(certificate.mu())) {
      summary.put("mu", certificate.mu());
    }
    summary.put("privacyUnit", certificate.privacyUnit());
    summary.put("releases", certificate.releases().size());
    before.ifPresent(m -> m.named().forEach((name, v) -> summary.put(name + "Before", v)));
    after.ifPresent(m -> m.named().forEach((name, v) -> summary.put(name + "After", v)));
    summary.put("model", out.resolve("model.onnx").toString());
    summary.put("certificate", out.resolve("certificate.json").toString());
    summary.put("report", out.resolve("report.html").toString());
    return summary;
  }

  /** Not every model that can be read can be trained. */
  private static void requireTrainable(ModelFile base) {
    Network.of(base).close();
    RowwiseNetwork.of(base);
  }

  /** One folder holds one run: mixing two would leave a certificate beside a foreign model. */
  private void refuseUsedFolder() {
    Path existing = out.toAbsolutePath();
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new InvalidDataException(
          existing + " is not a folder that can be written: choose another one for --out");
    }
    for (String name : List.of("model.onnx", "certificate.json", "report.html", "sums")) {
      if (Files.exists(out.resolve(name))) {
        throw new InvalidDataException(
            out + " already holds a run (" + name + "): choose another folder for --out");
      }
    }
  }
}
