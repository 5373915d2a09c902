package org.quietune.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quietune.data.Example;
import org.quietune.model.twin.LeaksLibraries;
import org.quietune.random.InsecureRandomness;
import org.quietune.release.InsecureAccess;
import org.quietune.release.PrivateRecords;
import org.quietune.release.ReadsBesideTheDoor;
import org.quietune.tuning.twin.BreaksTheSeal;
import org.quietune.tuning.twin.DrawsNoise;
import org.quietune.tuning.twin.TouchesLibraries;

/**
 * What the compiler does not hold: the direction of the modules, where libraries stay, and that
 * private records have one door. Every rule has a twin, a class that breaks it on purpose, which it
 * must report.
 */
class ArchitectureTest {
  private static final String ROOT = "org.quietune.";

  /** Main code of all parts. */
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.quietune");

  /** Imported once each: a twin draws in the classes of the libraries that it names. */
  private static final Map<Class<?>, JavaClasses> TWINS = new ConcurrentHashMap<>();

  /** For each part, the parts that it may use. */
  private static final Map<String, Set<String>> DIRECTION =
      new TreeMap<>(
          Map.of(
              "random", Set.of(),
              "accounting", Set.of(),
              "release", Set.of("random", "accounting"),
              "data", Set.of("release"),
              "model", Set.of(),
              "geometry", Set.of("model"),
              "tuning", Set.of("release", "data", "geometry", "model", "accounting"),
              "report", Set.of(),
              "experiments",
                  Set.of(
                      "random",
                      "accounting",
                      "release",
                      "data",
                      "model",
                      "geometry",
                      "tuning",
                      "report"),
              "cli",
                  Set.of(
                      "random",
                      "accounting",
                      "release",
                      "data",
                      "model",
                      "geometry",
                      "tuning",
                      "report",
                      "experiments")));

  /** For each library, its packages and the parts that may use it. */
  private static final Map<String, Home> LIBRARIES =
      new TreeMap<>(
          Map.of(
              "bytedeco", new Home("org.bytedeco..", "model", "geometry"),
              "duckdb", new Home("org.duckdb..", "data"),
              "onnx", new Home("ai.onnx.proto..", "model"),
              "protobuf", new Home("com.google.protobuf..", "model"),
              "onnxruntime", new Home("ai.onnxruntime..", "model"),
              "sqlite", new Home("org.sqlite..", "release"),
              "jdbc", new Home("java.sql..", "data", "release"),
              "picocli", new Home("picocli..", "cli")));

  private record Home(String packages, List<String> parts) {
    Home(String packages, String... parts) {
      this(packages, List.of(parts));
    }
  }

  // (a) Direction.

  static Stream<String> lowerParts() {
    return DIRECTION.keySet().stream().filter(part -> !part.equals("cli"));
  }

  @ParameterizedTest
  @MethodSource("lowerParts")
  void partsDependDownwardOnly(String part) throws ClassNotFoundException {
    ArchRule rule =
        noClasses()
            .that()
            .resideInAPackage(ROOT + part + "..")
            .should()
            .dependOnClassesThat(
                resideInAPackage(ROOT + ".").and(not(resideInAnyPackage(allowed(part)))));
    rule.check(MAIN);
    assertReports(rule, Class.forName(ROOT + part + ".twin.Upward"), "Upward");
  }

  private static String[] allowed(String part) {
    return Stream.concat(Stream.of(part), DIRECTION.getOrDefault(part, Set.of()).stream())
        .map(name -> ROOT + name + "..")
        .toArray(String[]::new);
  }

  /** Otherwise a new part would escape every rule here. */
  @Test
  void everyPartIsKnown() {
    Set<String> parts =
        MAIN.stream()
            .map(JavaClass::getPackageName)
            .map(name -> name.substring(ROOT.length()).replaceAll("\\..*", ""))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(DIRECTION.keySet(), parts);
  }

  // (b) Libraries.

  static Stream<String> libraries() {
    return LIBRARIES.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void librariesStayAtHome(String library) {
    Home home = home(library);
    ArchRule rule =
        noClasses()
            .that(
                resideInAPackage(ROOT + ".")
                    .and(
                        not(
                            resideInAnyPackage(
                                home.parts().stream()
                                    .map(part -> ROOT + part + "..")
                                    .toArray(String[]::new)))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(home.packages());
    rule.check(MAIN);
    assertReports(rule, TouchesLibraries.class, "TouchesLibraries." + library);
  }

  @Test
  void publicSignaturesNameNoLibrary() {
    ArchRule rule = classes().should(showNoLibraryType());
    rule.check(MAIN);
    assertReports(
        rule, LeaksLibraries.class, "field", "<init>", "genericReturn", "parameter", "exception");
  }

  private static ArchCondition<JavaClass> showNoLibraryType() {
    DescribedPredicate<JavaClass> library =
        resideInAnyPackage(
            LIBRARIES.entrySet().stream()
                .filter(entry -> !entry.getKey().equals("picocli"))
                .map(entry -> entry.getValue().packages())
                .toArray(String[]::new));
    return new ArchCondition<>("show no library type in a public or protected member") {
      @Override
      public void check(JavaClass owner, ConditionEvents events) {
        for (JavaMember member : owner.getMembers()) {
          if (!isVisible(owner) || !isVisible(member.getModifiers())) {
            continue;
          }
          signature(member)
              .filter(library)
              .forEach(
                  type ->
                      events.add(
                          SimpleConditionEvent.violated(
                              member, member.getFullName() + " shows " + type.getName())));
        }
      }
    };
  }

  private static boolean isVisible(JavaClass owner) {
    return isVisible(owner.getModifiers())
        && owner.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> signature(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getType().getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit unit = (JavaCodeUnit) member;
    return Stream.of(
            unit.getReturnType().getAllInvolvedRawTypes().stream(),
            unit.getParameterTypes().stream()
                .flatMap(type -> type.getAllInvolvedRawTypes().stream()),
            unit.getExceptionTypes().stream())
        .flatMap(types -> types);
  }

  // (c) The door.

  @Test
  void theDoorAloneReadsPrivateRecords() {
    ArchRule rule =
        callersOf(
            "the source behind the seal",
            access ->
                access.getTargetOwner().isEquivalentTo(PrivateRecords.class)
                    && access.getName().equals("source"),
            Set.of("org.quietune.release.UnitSummation", "org.quietune.release.PrivateRecords"));
    rule.check(MAIN);
    assertReports(rule, ReadsBesideTheDoor.class, "source");
  }

  @Test
  void theDoorAndNonPrivateBaselinesAloneWalkRecords() {
    // An implementation may call its own kind: a cursor that wraps another one is still behind the
    // seal. Experiments hold a cursor only through openWithoutPrivacy, which the next test holds.
    ArchRule rule =
        callersOf(
            "a cursor of private records",
            access ->
                access.getTargetOwner().isAssignableTo(PrivateRecords.Source.class)
                    || (access.getTargetOwner().isAssignableTo(PrivateRecords.Cursor.class)
                        && Set.of("advance", "record", "startsUnit").contains(access.getName())),
            Set.of(
                "org.quietune.release.UnitSummation",
                "org.quietune.release.PrivateRecords",
                "org.quietune.experiments."));
    rule.check(MAIN);
    assertReports(rule, ReadsBesideTheDoor.class, "open()", "advance", "startsUnit");
  }

  @Test
  void experimentsAloneOpenWithoutPrivacy() {
    ArchRule rule =
        noClasses()
            .that(
                resideInAPackage(ROOT + ".")
                    .and(not(resideInAPackage(ROOT + "experiments..")))
                    .and(not(resideInAPackage(ROOT + "release"))))
            .should()
            .dependOnClassesThat()
            .areAssignableTo(InsecureAccess.class);
    rule.check(MAIN);
    assertReports(rule, BreaksTheSeal.class, "InsecureAccess");
    ArchRule calls =
        callersOf(
            "openWithoutPrivacy",
            access -> access.getName().equals("openWithoutPrivacy"),
            Set.of("org.quietune.experiments."));
    calls.check(MAIN);
    assertReports(calls, BreaksTheSeal.class, "openWithoutPrivacy");
  }

  @Test
  void experimentsAloneSeedNoise() {
    ArchRule rule =
        noClasses()
            .that(
                resideInAPackage(ROOT + ".")
                    .and(not(resideInAnyPackage(ROOT + "experiments..", ROOT + "random")))
                    .and(not(named("org.quietune.release.ReleaseContext"))))
            .should()
            .dependOnClassesThat()
            .areAssignableTo(InsecureRandomness.class);
    rule.check(MAIN);
    assertReports(rule, BreaksTheSeal.class, "InsecureRandomness");
  }

  /** The types of the door are checked by the compiler only as long as nobody breaks them open. */
  @Test
  void nobodyOverridesAccessChecks() {
    ArchRule rule =
        callersOf(
            "setAccessible",
            access ->
                Set.of("setAccessible", "trySetAccessible", "privateLookupIn")
                    .contains(access.getName()),
            Set.of());
    rule.check(MAIN);
    assertReports(rule, BreaksTheSeal.class, "setAccessible");
  }

  // (d) Randomness.

  @Test
  void randomNumbersComeFromTheRandomPart() {
    ArchRule generators =
        noClasses()
            .that(resideInAPackage(ROOT + ".").and(not(resideInAPackage(ROOT + "random"))))
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.SplittableRandom")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.security.SecureRandom")
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.util.random..");
    generators.check(MAIN);
    assertReports(
        generators,
        DrawsNoise.class,
        "java.util.Random",
        "SplittableRandom",
        "ThreadLocalRandom",
        "SecureRandom");
    ArchRule hidden =
        callersOf(
            "a hidden generator",
            access ->
                (access.getTargetOwner().isEquivalentTo(Math.class)
                        && access.getName().equals("random"))
                    || access.getName().equals("shuffle"),
            Set.of());
    hidden.check(MAIN);
    assertReports(hidden, DrawsNoise.class, "Math.random", "shuffle");
  }

  @Test
  void theDoorAloneDrawsNoise() {
    ArchRule rule =
        noClasses()
            .that(
                resideInAPackage(ROOT + ".")
                    .and(not(resideInAnyPackage(ROOT + "random", ROOT + "release"))))
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                ".*\\.(RoundedNormal|DiscreteLaplace|Bernoulli(Exp|Fraction)|PoissonCount|UniformInteger)");
    rule.check(MAIN);
    assertReports(
        rule,
        DrawsNoise.class,
        "RoundedNormal",
        "DiscreteLaplace",
        "BernoulliExp",
        "BernoulliFraction");
  }

  /** The importer sees the classes that the rules are about, so none of them passes vacuously. */
  @Test
  void rulesSeeTheirSubjects() {
    for (Class<?> subject : List.of(PrivateRecords.class, Example.class, Main.class)) {
      assertTrue(MAIN.contain(subject), subject.getName());
    }
    assertTrue(
        MAIN.get("org.quietune.release.UnitSummation").getAccessesFromSelf().stream()
            .anyMatch(access -> access.getName().equals("source")));
    assertTrue(
        MAIN.stream().noneMatch(c -> c.getPackageName().endsWith(".twin")),
        "twins are no main code");
  }

  /**
   * Holds calls and references of what {@code forbidden} describes to the {@code callers}: names of
   * classes, or packages with a dot at the end. The class itself, and what is nested in it, may.
   */
  private static ArchRule callersOf(
      String what, Predicate<JavaAccess<?>> forbidden, Set<String> callers) {
    return classes()
        .should(
            new ArchCondition<>("not use " + what) {
              @Override
              public void check(JavaClass origin, ConditionEvents events) {
                for (JavaAccess<?> access : origin.getAccessesFromSelf()) {
                  if (forbidden.test(access)
                      && !access.getTargetOwner().equals(origin)
                      && callers.stream().noneMatch(caller -> covers(caller, origin))) {
                    events.add(SimpleConditionEvent.violated(access, access.getDescription()));
                  }
                }
              }
            });
  }

  private static boolean covers(String caller, JavaClass origin) {
    return caller.endsWith(".")
        ? origin.getName().startsWith(caller)
        : origin.getName().equals(caller) || origin.getName().startsWith(caller + "$");
  }

  private static DescribedPredicate<JavaClass> named(String name) {
    return DescribedPredicate.describe(name, c -> c.getName().replaceAll("\\$.*", "").equals(name));
  }

  private static Home home(String library) {
    Home home = LIBRARIES.get(library);
    if (home == null) {
      throw new AssertionError(library);
    }
    return home;
  }

  /** The rule rejects the twin, and its report names every offence. */
  private static void assertReports(ArchRule rule, Class<?> twin, String... offences) {
    String report =
        String.join(
            "\n",
            rule.evaluate(TWINS.computeIfAbsent(twin, new ClassFileImporter()::importClasses))
                .getFailureReport()
                .getDetails());
    for (String offence : offences) {
      assertTrue(report.contains(offence), () -> offence + " is not in: " + report);
    }
  }
}
