package org.quietune.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a small fine-tuning run, and its command line. */
record SmallRun(Path folder) {

  /** Writes tables and a pretrained model. */
  static SmallRun prepare(Path folder) {
    SmallWards.write(folder.resolve("public.csv"), SmallWards.publicLines());
    SmallWards.write(folder.resolve("private.csv"), SmallWards.privateLines());
    SmallRun run = new SmallRun(folder);
    if (!Files.exists(run.model())) {
      run.pretrain(run.model(), "logistic");
    }
    return run;
  }

  /** Pretrains another model on the public table. */
  void pretrain(Path out, String architecture) {
    CommandRun.succeeding(
        "pretrain",
        "--data",
        folder.resolve("public.csv"),
        "--label",
        "died",
        "--arch",
        architecture,
        "--out",
        out);
  }

  Path model() {
    return folder.resolve("pretrained.onnx");
  }

  Path ledger() {
    return folder.resolve("ledger.sqlite");
  }

  Path privateFile() {
    return folder.resolve("private.csv");
  }

  /** {@code finetune} into a folder; with δ = 1e-5 unless the mechanism is pure. */
  Object[] finetune(Path out, Object... more) {
    return CommandRun.with(
        new Object[] {
          "finetune",
          "--model",
          model(),
          "--public",
          folder.resolve("public.csv"),
          "--private",
          privateFile(),
          "--label",
          "died",
          "--unit",
          "patient_id",
          "--epsilon",
          2,
          "--ledger",
          ledger(),
          "--dataset",
          "ward",
          "--out",
          out
        },
        more);
  }
}
