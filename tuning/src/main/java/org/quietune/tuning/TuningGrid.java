package org.quietune.tuning;

import java.util.List;

/**
 * The settings over which a method is tuned.
 *
 * @param methods all members; the first is the setting for who does not tune
 * @param description of the grid, for people
 */
public record TuningGrid(List<FineTuningMethod> methods, String description) {

  public TuningGrid {
    methods = List.copyOf(methods);
    if (methods.isEmpty()) {
      throw new IllegalArgumentException("a grid must have a member");
    }
  }

  /** Every {@link DpDescent} of the grid with each of these aids. */
  TuningGrid aided(List<PublicAid> aids) {
    List<FineTuningMethod> aided =
        aids.stream()
            .flatMap(
                aid ->
                    methods.stream()
                        .map(method -> (FineTuningMethod) ((DpDescent) method).aided(aid)))
            .toList();
    return new TuningGrid(
        aided,
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
