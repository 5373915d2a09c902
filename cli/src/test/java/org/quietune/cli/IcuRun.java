package org.quietune.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.quietune.data.icu.PhysioNet2012;
import org.quietune.data.icu.Stay;

/**
 * The files of fine-tuning runs on real intensive care records, split as in the ICU experiment
 * (docs/results/icu.md), and their command line.
 */
record IcuRun(Path folder) {
  static final String UNIT = "stay";
  private static final Path DATA =
      Path.of(System.getenv().getOrDefault("QUIETUNE_DATA", "."), "physionet2012");
  private static final String LABEL = "died";

  /** Writes tables and a pretrained model. */
  static IcuRun prepare(Path folder) throws IOException {
    IcuRun run = new IcuRun(folder);
    List<Stay> general = new ArrayList<>();
    List<Stay> cardiac = new ArrayList<>();
    List<Stay> test = new ArrayList<>();
    for (String set : List.of("a", "b")) {
      for (Stay stay : PhysioNet2012.read(DATA, set)) {
        (stay.icuType() >= 3 ? general : set.equals("a") ? cardiac : test).add(stay);
      }
    }
    run.write("general.csv", general);
    run.write("cardiac.csv", cardiac);
    run.write("test.csv", test);
    CommandRun.succeeding(
        "pretrain",
        "--data",
        folder.resolve("general.csv"),
        "--label",
        LABEL,
        "--exclude",
        UNIT,
        "--out",
        folder.resolve("base.onnx"));
    return run;
  }

  private void write(String name, List<Stay> stays) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(folder.resolve(name))) {
      out.write(UNIT + "," + String.join(",", PhysioNet2012.columns()) + "," + LABEL + "\n");
      for (Stay stay : stays) {
        StringBuilder row = new StringBuilder("s").append(stay.recordId());
        for (float value : stay.example().features()) {
          row.append(',').append(Float.isNaN(value) ? "" : Float.toString(value));
        }
        out.write(row.append(',').append((int) stay.example().label()).append('\n').toString());
      }
    }
  }

  Object[] finetune(double epsilon, String out, Object... more) {
    return CommandRun.with(
        new Object[] {
          "finetune",
          "--model",
          folder.resolve("base.onnx"),
          "--public",
          folder.resolve("general.csv"),
          "--private",
          folder.resolve("cardiac.csv"),
          "--label",
          LABEL,
          "--unit",
          UNIT,
          "--epsilon",
          epsilon,
          "--ledger",
          folder.resolve("ledger.sqlite"),
          "--test",
          folder.resolve("test.csv"),
          "--out",
          folder.resolve(out),
          "--json"
        },
        more);
  }
}
