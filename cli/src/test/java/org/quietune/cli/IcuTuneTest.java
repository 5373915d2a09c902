package org.quietune.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quietune.release.Certificate;
import org.quietune.release.CertificateFile;
import org.quietune.tuning.PrivateTuning;

/** {@code finetune --tune} on real intensive care records, with secure noise, and verified. */
@EnabledIfEnvironmentVariable(named = "QUIETUNE_DATA", matches = ".+")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IcuTuneTest {
  @TempDir private static Path folder;
  private IcuRun icu;

  @BeforeAll
  void prepare() throws IOException {
    icu = IcuRun.prepare(folder);
  }

  /**
   * Three runs are expected. Whatever is drawn, the certificate holds, the run is verified, and a
   * model that scored no better than the pretrained one is not given back.
   */
  @ParameterizedTest
  @ValueSource(strings = {"qem", "dp-gd"})
  void selectsOnRealRecordsWithinTheBudget(String mechanism) throws IOException {
    String out = "tuned-" + mechanism;
    JsonNode summary =
        CommandRun.succeeding(
                icu.finetune(
                    4,
                    out,
                    "--delta",
                    "1e-5",
                    "--mechanism",
                    mechanism,
                    "--tune",
                    "--tune-runs",
                    3))
            .json();
    Path run = folder.resolve(out);
    Certificate certificate = CertificateFile.read(run.resolve("certificate.json"));
    Certificate.Selected selection = Objects.requireNonNull(certificate.selection());
    assertTrue(certificate.dpClaim());
    assertTrue(certificate.epsilon() <= 4 * (1 + 1e-9), certificate::statement);
    assertEquals(IcuRun.UNIT, certificate.privacyUnit());
    assertTrue(selection.isWithinOneRun(certificate.neighboringRelation()));
    CommandRun verified = CommandRun.of("verify", run, "--ledger", folder.resolve("ledger.sqlite"));
    assertEquals(0, verified.exitCode(), verified.out());
    Object score = certificate.settings().get(PrivateTuning.SCORE_OF_RECORDS);
    if (score == null || ((Number) score).doubleValue() <= 0) {
      assertEquals(summary.path("aurocBefore"), summary.path("aurocAfter"));
    }
  }
}
