package org.quietune.tuning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.quietune.geometry.Description;
import org.quietune.geometry.Subspace;
import org.quietune.geometry.Subspaces;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/** Subspaces as they are kept: the body is the subspace's {@link Description}. */
final class SubspaceFormat implements PublicFormat<Subspace> {

  @Override
  public PublicValue encode(Subspace subspace) {
    return new PublicValue(
        JsonNodeFactory.instance
            .objectNode()
            .put("kind", "subspace")
            .put("summary", subspace.summary()),
        subspace.description().bytes());
  }

  @Override
  public Subspace decode(PublicValue stored) {
    return Subspaces.of(Description.parse(stored.body()));
  }
}
