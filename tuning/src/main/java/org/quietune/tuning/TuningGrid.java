package org.quietune.tuning;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The settings over which a method is tuned.
 *
 * @param methods the first members to try; the first of them is the setting for who does not tune
 * @param extensions what is tried after them, in this order, as long as the best lies at an edge
 * @param description of the grid, for people
 */
public record TuningGrid(
    List<FineTuningMethod> methods, List<Extension> extensions, String description) {

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
    this(methods, List.of(), description);
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
    int from = methods.size();
    for (Extension extension : extensions) {
      if (from == tried.size()) {
        return extension.edge().contains(tried.get(best(scores))) ? extension.methods() : List.of();
      }
      from += extension.methods().size();
    }
    return List.of();
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
                : ""));
  }

  /** The setting for who does not tune. */
  public FineTuningMethod standard() {
    return methods.get(0);
  }
}
