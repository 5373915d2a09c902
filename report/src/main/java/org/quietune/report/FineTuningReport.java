package org.quietune.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One fine-tuning run, told to the person who answers for the data: what was done, what is
 * guaranteed and to whom, what is not, the numbers, and how to check them.
 *
 * <p>The report is released together with the model, so it must hold public values and released
 * values only: nothing counted, timed or measured on private records outside the guarantee. That is
 * the caller's duty. Losses of privacy are rounded up where they are shortened; the tables have
 * every digit.
 *
 * @param title names the run
 * @param guarantee of the model
 * @param mechanism the method's name
 * @param settings what the method chose from public information; nested maps and lists are shown as
 *     paths
 * @param noiseSource where the noise came from
 * @param releases every release of private information that the model rests on
 * @param evaluation before and after, or {@link Evaluation#none()}
 * @param files beside this report
 * @param software name and version of what made the model
 * @param environment remarks on machine and time, by name
 * @param notices what the reader must know first, such as that the data is generated, or that
 *     nobody has signed
 */
public record FineTuningReport(
    String title,
    Guarantee guarantee,
    String mechanism,
    Map<String, Object> settings,
    String noiseSource,
    List<Release> releases,
    Evaluation evaluation,
    List<FileEntry> files,
    String software,
    Map<String, String> environment,
    List<String> notices) {

  public FineTuningReport {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    releases = List.copyOf(releases);
    files = List.copyOf(files);
    notices = List.copyOf(notices);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  /**
   * What is guaranteed. The numbers are those of the certificate.
   *
   * @param statement the guarantee in one sentence
   * @param dpClaim false when nothing is guaranteed; the report then says so first and loudest
   * @param epsilon at {@code delta}; ≥ 0, possibly infinite
   * @param delta in [0, 1)
   * @param mu Gaussian-DP parameter, ≥ 0; infinite where the mechanism has no such guarantee
   * @param neighboringRelation {@code ADD_OR_REMOVE_ONE} or {@code REPLACE_ONE}
   * @param privacyUnit whose privacy it speaks of, in the singular, such as "patient"
   * @param deltaCurve points of the δ(ε) curve; may be empty
   */
  public record Guarantee(
      String statement,
      boolean dpClaim,
      double epsilon,
      double delta,
      double mu,
      String neighboringRelation,
      String privacyUnit,
      List<CurvePoint> deltaCurve) {

    public Guarantee {
      if (!(epsilon >= 0)) {
        throw new IllegalArgumentException("epsilon must be ≥ 0: " + epsilon);
      }
      if (!(delta >= 0 && delta < 1)) {
        throw new IllegalArgumentException("delta must be in [0, 1): " + delta);
      }
      if (!(mu >= 0)) {
        throw new IllegalArgumentException("mu must be ≥ 0: " + mu);
      }
      deltaCurve = List.copyOf(deltaCurve);
    }

    /**
     * Bound on how often anyone who must tell two neighboring data sets apart, each as likely as
     * the other, is right: (1 + TV)/2 for the total variation distance TV, which is at most (e^ε −
     * 1 + 2δ)/(e^ε + 1) at every point of the curve (Kairouz, Oh, Viswanath 2015, the privacy
     * region).
     */
    double guessingAccuracy() {
      double accuracy = guessingAccuracy(epsilon, delta);
      for (CurvePoint point : deltaCurve) {
        accuracy = Math.min(accuracy, guessingAccuracy(point.epsilon(), point.delta()));
      }
      return accuracy;
    }

    private static double guessingAccuracy(double epsilon, double delta) {
      // (e^ε + δ)/(1 + e^ε), in a form that holds for infinite ε.
      return 1 - (1 - delta) / (1 + Math.exp(epsilon));
    }
  }

  /** A point of the δ(ε) curve. */
  public record CurvePoint(double epsilon, double delta) {

    public CurvePoint {
      if (!(epsilon >= 0)) {
        throw new IllegalArgumentException("epsilon must be ≥ 0: " + epsilon);
      }
      if (!(delta >= 0 && delta <= 1)) {
        throw new IllegalArgumentException("delta must be in [0, 1]: " + delta);
      }
    }
  }

  /**
   * One release of private information.
   *
   * @param purpose what it was for
   * @param dimension of the released vector
   * @param clipNorm Euclidean norm that no unit's contribution exceeded
   * @param noiseLaw the law of the noise, in a word
   * @param noiseMultiplier scale of the noise over clip norm
   * @param guarantee what the release alone guarantees, such as "μ = 0.5"
   * @param ledgerEntry where the ledger has it
   */
  public record Release(
      String purpose,
      int dimension,
      double clipNorm,
      String noiseLaw,
      double noiseMultiplier,
      String guarantee,
      String ledgerEntry) {}

  /**
   * What the model was worth before and after.
   *
   * @param data on which data, in words; blank when there is no evaluation
   * @param before metric by name, of the pretrained model
   * @param after metric by name, of the fine-tuned model
   */
  public record Evaluation(String data, Map<String, Double> before, Map<String, Double> after) {

    public Evaluation {
      before = Collections.unmodifiableMap(new LinkedHashMap<>(before));
      after = Collections.unmodifiableMap(new LinkedHashMap<>(after));
    }

    /** No evaluation data was given. */
    public static Evaluation none() {
      return new Evaluation("", Map.of(), Map.of());
    }

    private boolean isEmpty() {
      return before.isEmpty() && after.isEmpty();
    }
  }

  /**
   * A file that came out of the run.
   *
   * @param name within the output folder
   * @param content what it is
   * @param sha256 its hash in hexadecimal; blank where it has none
   */
  public record FileEntry(String name, String content, String sha256) {}

  /** The report as a page that stands alone. */
  public String html() {
    HtmlPage page = HtmlPage.titled(title);
    if (!guarantee.dpClaim()) {
      page.alarm(
          "No privacy guarantee",
          "The noise of this run can be reproduced, so it hides nobody. Treat the model as if it"
              + " held the private records themselves, and do not release it.");
    }
    notices.forEach(page::notice);
    summary(page);
    meaning(page);
    limits(page);
    curve(page);
    usefulness(page);
    releases(page);
    method(page);
    checks(page);
    return page.render();
  }

  private void summary(HtmlPage page) {
    String unit = guarantee.privacyUnit();
    String bounded =
        "A pretrained model was adapted to private records. Each "
            + unit
            + "’s influence on it was bounded, and random noise was added before anything left the"
            + " private data";
    page.paragraph(
        bounded
            + (guarantee.dpClaim()
                ? ", which limits what can be learned about any one " + unit + " as stated below. "
                : ". ")
            + (releases.size() == 1
                ? "One noisy sum came out"
                : releases.size() + " noisy sums came out")
            + ", listed below; all else was computed from that and from public data.");
    Map<String, String> figures = new LinkedHashMap<>();
    if (guarantee.dpClaim()) {
      figures.put("ε, privacy loss (smaller is more private)", Numbers.up(guarantee.epsilon(), 4));
      figures.put("δ, part that ε does not cover", Numbers.up(guarantee.delta(), 3));
      figures.put(
          "of guesses about one " + unit + " are right at most; a coin has 50 %",
          percentUp(guarantee.guessingAccuracy()));
      figures.put("protected as a whole: each", unit);
    } else {
      figures.put("guaranteed", "Nothing");
    }
    page.keyFigures(figures);
  }

  private void meaning(HtmlPage page) {
    String unit = guarantee.privacyUnit();
    page.heading("What is guaranteed, and to whom");
    page.paragraph(guarantee.statement());
    if (!guarantee.dpClaim()) {
      page.paragraph(
          "The privacy figures further down say what the same run would guarantee if its noise had"
              + " been secret. They guarantee nothing for this model.");
      return;
    }
    page.paragraph("In plain words: " + comparison(unit));
    page.paragraph(
        "Suppose that somebody holds the model and this report, knows every other record, and must"
            + " guess which of the two data sets was used, both being equally likely. Whatever the"
            + " method and the computing power, the guess is right with a probability of at most "
            + percentUp(guarantee.guessingAccuracy())
            + ". The same bound holds for everything that is ever computed from the model.");
  }

  private String comparison(String unit) {
    return switch (guarantee.neighboringRelation()) {
      case "ADD_OR_REMOVE_ONE" ->
          "the model would have come out much the same if all records of any one "
              + unit
              + " had been left out, or those of one more "
              + unit
              + " added.";
      case "REPLACE_ONE" ->
          "the model would have come out much the same if all records of any one "
              + unit
              + " had been exchanged for any others.";
      default ->
          "the model would have come out much the same for any two data sets related by "
              + guarantee.neighboringRelation()
              + " (one "
              + unit
              + ").";
    };
  }

  private void limits(HtmlPage page) {
    String unit = guarantee.privacyUnit();
    page.heading("What is not protected");
    if (!guarantee.dpClaim()) {
      page.paragraph("Nothing is protected in this run: no " + unit + ", and no record.");
      return;
    }
    page.list(
        List.of(
            "Groups. The guarantee is for one "
                + unit
                + " at a time; it weakens as several related ones are taken together, and it"
                + " counts a person twice who appears under two identifiers.",
            "Facts about the population. The model may teach that a risk factor matters, and that"
                + " applies to a "
                + unit
                + " whether or not the records were used.",
            "Public data. The pretrained model, the public records, and all that was chosen from"
                + " them are not protected.",
            "Repetition. Runs on the same records add up. The ledger adds them only if every run"
                + " uses the same one.",
            "Choices made by looking at the private records outside this program, and any result"
                + " on them that was published without noise.",
            "The records themselves, where they are stored and processed: access, backups and logs"
                + " are for other safeguards.",
            "The model’s own mistakes. Privacy says nothing about accuracy, fairness or fitness"
                + " for a clinical purpose."));
    page.paragraph(
        "Whether these bounds suffice for a given purpose and law is a decision for people; this"
            + " report is evidence for it and not legal advice.");
  }

  private void curve(HtmlPage page) {
    List<CurvePoint> drawn =
        guarantee.deltaCurve().stream().filter(point -> point.delta() > 0).toList();
    if (drawn.isEmpty()) {
      return;
    }
    page.heading("The trade between ε and δ");
    page.paragraph(
        "The pair (ε, δ) is one point of a curve that holds as a whole: a reader who wants a smaller"
            + " δ can read off the larger ε that goes with it. The marked points are rounded up; the"
            + " lines between them only guide the eye.");
    page.chart(
        new Chart(
            guarantee.dpClaim() ? "δ for every ε" : "δ for every ε, had the noise been secret",
            "ε",
            "δ",
            false,
            true,
            List.of(
                Series.of(
                    "δ(ε)",
                    drawn.stream().mapToDouble(CurvePoint::epsilon).toArray(),
                    drawn.stream().mapToDouble(CurvePoint::delta).toArray()),
                Series.of(
                    "as stated",
                    new double[] {guarantee.epsilon()},
                    new double[] {guarantee.delta()}))));
  }

  private void usefulness(HtmlPage page) {
    page.heading("What it was worth");
    if (evaluation.isEmpty()) {
      page.paragraph(
          "No evaluation data was given, so this report cannot say whether the model improved.");
      return;
    }
    page.paragraph("Measured on: " + evaluation.data());
    TreeSet<String> unordered = new TreeSet<>(evaluation.after().keySet());
    unordered.removeAll(evaluation.before().keySet());
    List<String> names = new ArrayList<>(evaluation.before().keySet());
    names.addAll(unordered);
    page.table(
        "Before and after fine-tuning",
        new Table(
            List.of("Metric", "Before", "After", "Change"),
            names.stream().map(this::metricRow).toList()));
  }

  private List<String> metricRow(String name) {
    double before = evaluation.before().getOrDefault(name, Double.NaN);
    double after = evaluation.after().getOrDefault(name, Double.NaN);
    double change = after - before;
    String sign = change > 0 ? "+" : "";
    return List.of(
        name, Numbers.fixed(before, 4), Numbers.fixed(after, 4), sign + Numbers.fixed(change, 4));
  }

  private void releases(HtmlPage page) {
    page.heading("Everything that left the private data");
    page.paragraph(
        "Each row is one release: the sum of what the units contributed, each contribution limited"
            + " to the clip norm, plus noise of the stated multiple of it.");
    page.table(
        "Releases",
        new Table(
            List.of(
                "Purpose",
                "Dimension",
                "Clip norm",
                "Noise",
                "Noise multiplier",
                "Guarantee",
                "Ledger entry"),
            releases.stream()
                .map(
                    r ->
                        List.of(
                            r.purpose(),
                            Integer.toString(r.dimension()),
                            Numbers.exact(r.clipNorm()),
                            r.noiseLaw(),
                            Numbers.exact(r.noiseMultiplier()),
                            r.guarantee(),
                            r.ledgerEntry()))
                .toList()));
    page.table(
        guarantee.dpClaim()
            ? "All releases together"
            : "All releases together, had the noise been secret",
        new Table(
            List.of("Quantity", "Value"),
            List.of(
                List.of("ε", Numbers.exact(guarantee.epsilon())),
                List.of("δ", Numbers.exact(guarantee.delta())),
                List.of(
                    "μ (Gaussian DP)",
                    Double.isInfinite(guarantee.mu())
                        ? "does not apply"
                        : Numbers.exact(guarantee.mu())),
                List.of("Neighboring data sets", guarantee.neighboringRelation()),
                List.of("Privacy unit", guarantee.privacyUnit()),
                List.of("Noise source", noiseSource))));
  }

  private void method(HtmlPage page) {
    page.heading("How it was made");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("Method", mechanism));
    rows.add(List.of("Software", software));
    environment.forEach((name, value) -> rows.add(List.of(name, value)));
    page.table("Method and machine", new Table(List.of("What", "Value"), rows));
    if (!settings.isEmpty()) {
      List<List<String>> chosen = new ArrayList<>();
      settings.forEach((name, value) -> flatten(name, value, chosen));
      page.table(
          "Settings, chosen from public information",
          new Table(List.of("Setting", "Value"), chosen));
    }
  }

  private static void flatten(String path, Object value, List<List<String>> rows) {
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      map.forEach((name, inner) -> flatten(path + " › " + name, inner, rows));
    } else if (value instanceof Double number) {
      rows.add(List.of(path, Numbers.exact(number)));
    } else {
      rows.add(List.of(path, String.valueOf(value)));
    }
  }

  private void checks(HtmlPage page) {
    page.heading("How to check this");
    page.paragraph(
        "None of these checks needs the private records, or trust in this page. certificate.json"
            + " states the same facts for a program to read.");
    List<String> steps = new ArrayList<>();
    steps.add(
        "Let quietune verify do all that follows, and more: it composes the guarantee anew, and"
            + " computes the model again from the noisy sums.");
    steps.add("Compare the SHA-256 of each file, as sha256sum prints it, with the table below.");
    if (Double.isFinite(guarantee.mu())) {
      steps.add(
          "In the table of releases, μ must be at least 1 divided by the noise multiplier; at least"
              + " 2 divided by it where one "
              + guarantee.privacyUnit()
              + " is replaced by another (REPLACE_ONE). Together, μ is the square root of the sum of"
              + " the squares.");
      steps.add(
          "Let any implementation of Gaussian differential privacy turn that μ into ε, such as the"
              + " command below.");
    }
    steps.add("Ask whoever keeps the ledger for the entries named there, and for no others.");
    page.list(steps);
    if (Double.isFinite(guarantee.mu())) {
      page.preformatted(
          "quietune epsilon --mu %s --delta %s"
              .formatted(Numbers.exact(guarantee.mu()), Numbers.exact(guarantee.delta())));
    }
    page.table(
        "Files",
        new Table(
            List.of("File", "What it is", "SHA-256"),
            files.stream()
                .map(f -> List.of(f.name(), f.content(), f.sha256().isBlank() ? "–" : f.sha256()))
                .toList()));
    page.paragraph(
        guarantee.dpClaim()
            ? "The noise of this run is secret and was drawn once, so the run cannot be repeated bit"
                + " for bit, and must not be. Given the stored noisy sums and the public data, every"
                + " later step can."
            : "The noise of this run came from a known seed, so the run can be repeated bit for bit,"
                + " by anyone. That is why it guarantees nothing.");
  }

  private static String percentUp(double probability) {
    BigDecimal percent = BigDecimal.valueOf(probability).movePointRight(2);
    return percent.setScale(1, RoundingMode.CEILING).toPlainString() + " %";
  }
}
