package org.quietune.tuning;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The settings over which a method is tuned.
 *
 * @param methods the first members to try; the first of them is the setting for who does not tune
 * @param extensions what is tried after them, in this order, each if the best then lies at its edge
 * @param description of the first members, for people
 * @param beyond description of the extensions; empty where there are none
 */
public record TuningGrid(
    List<FineTuningMethod> methods, List<Extension> extensions, String description, String beyond) {

  /**
   * Members beyond an edge, so that no best is one only because its grid ends there.
   *
   * @param edge members of which the best so far must be one
   * @param methods what is tried then
   */
  public record Extension(List<FineTuningMethod> edge, List<FineTuningMethod> methods) {
    public Extension {
      edge = List.copyOf(edge);
      methods = List.copyOf(methods);
    }
  }

  public TuningGrid {
    methods = List.copyOf(methods);
    extensions = List.copyOf(extensions);
    if (methods.isEmpty()) {
      throw new IllegalArgumentException("a grid must have a member");
    }
  }

  /** A grid that ends where it ends. */
  public TuningGrid(List<FineTuningMethod> methods, String description) {
    this(methods, List.of(), description, "");
  }

  /**
   * What to try next.
   *
   * @param tried the members that were tried: all that earlier calls gave, in their order
   * @param scores of these, larger is better
   * @return none when the best is found
   */
  public List<FineTuningMethod> next(List<FineTuningMethod> tried, List<Double> scores) {
    if (tried.isEmpty()) {
      return methods;
    }
    int known = methods.size();
    for (Extension extension : extensions) {
      if (extension.edge().contains(tried.get(best(scores.subList(0, known))))) {
        if (known == tried.size()) {
          return extension.methods();
        }
        known += extension.methods().size();
      }
    }
    return List.of();
  }

  /**
   * A grid of some values that goes on beyond them.
   *
   * @param of the grid of any values
   * @param beyond chains of values, each from one of the first values on: while one is the best,
   *     the next is tried too
   */
  static TuningGrid widening(
      List<Double> values, List<List<Double>> beyond, Function<List<Double>, TuningGrid> of) {
    TuningGrid first = of.apply(values);
    List<Extension> extensions = new ArrayList<>();
    List<String> words = new ArrayList<>();
    for (List<Double> chain : beyond) {
      List<FineTuningMethod> edge = of.apply(chain.subList(0, 1)).methods();
      for (double value : chain.subList(1, chain.size())) {
        List<FineTuningMethod> next = of.apply(List.of(value)).methods();
        extensions.add(new Extension(edge, next));
        edge = next;
      }
      words.add(
          "while the best is at %s, on to %s"
              .formatted(chain.get(0), chain.subList(1, chain.size())));
    }
    return new TuningGrid(
        first.methods(), extensions, first.description(), String.join("; ", words));
  }

  private static int best(List<Double> scores) {
    return IntStream.range(0, scores.size())
        .reduce((a, b) -> scores.get(b) > scores.get(a) ? b : a)
        .orElseThrow();
  }

  /** Every {@link DpDescent} of the grid with each of these aids. */
  TuningGrid aided(List<PublicAid> aids) {
    UnaryOperator<List<FineTuningMethod>> each =
        members ->
            aids.stream()
                .flatMap(
                    aid ->
                        members.stream()
                            .map(method -> (FineTuningMethod) ((DpDescent) method).aided(aid)))
                .toList();
    return new TuningGrid(
        each.apply(methods),
        extensions.stream()
            .map(e -> new Extension(each.apply(e.edge()), each.apply(e.methods())))
            .toList(),
        description
            + ", pull of public gradients "
            + aids.stream().map(PublicAid::pull).toList()
            + (aids.stream().allMatch(PublicAid::copies)
                ? ", gradients over copies of images"
                : ""),
        beyond);
  }

  /** The setting for who does not tune. */
  public FineTuningMethod standard() {
    return methods.get(0);
  }
}
