package org.quietune.tuning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.quietune.geometry.Description;
import org.quietune.geometry.Whitener;
import org.quietune.geometry.Whiteners;
import org.quietune.release.PublicFormat;
import org.quietune.release.PublicValue;

/** Whiteners as they are kept: the body is their {@link Description}. */
final class WhitenerFormat implements PublicFormat<Whitener> {

  @Override
  public PublicValue encode(Whitener whitener) {
    return new PublicValue(
        JsonNodeFactory.instance.objectNode().put("kind", "whitener"),
        whitener.description().bytes());
  }

  @Override
  public Whitener decode(PublicValue stored) {
    return Whiteners.of(Description.parse(stored.body()));
  }
}
