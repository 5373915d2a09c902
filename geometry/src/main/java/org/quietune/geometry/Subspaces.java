package org.quietune.geometry;

/** Makes subspaces again from their descriptions. */
public final class Subspaces {
  private Subspaces() {}

  /**
   * The subspace that a description is of, bit for bit.
   *
   * @throws IllegalArgumentException when it is of something else, or incomplete
   */
  public static Subspace of(Description description) {
    return switch (description.kind()) {
      case IdentitySubspace.KIND -> new IdentitySubspace(description.extent("dimension"));
      case GaussianSubspace.KIND ->
          new GaussianSubspace(
              description.extent("ambientDimension"),
              description.extent("dimension"),
              description.integer("seed"));
      case HadamardSubspace.KIND ->
          new HadamardSubspace(
              description.extent("ambientDimension"),
              description.extent("dimension"),
              description.integer("seed"));
      case PrincipalSubspace.KIND -> PrincipalSubspace.of(description);
      case CoordinateSubspace.KIND -> CoordinateSubspace.of(description);
      case BlockSubspace.KIND -> BlockSubspace.of(description);
      default ->
          throw new IllegalArgumentException("no subspace has the kind " + description.kind());
    };
  }
}
