package org.quietune.release;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.quietune.accounting.PrivacyEvent;

/** How a sum is perturbed. Public configuration only; the sum's privacy depends on it. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes(@JsonSubTypes.Type(value = GaussianNoise.class, name = "gaussian"))
public sealed interface NoiseLaw permits GaussianNoise {

  /** The scale of the noise over the clip norm; unitless. Each law says which scale it means. */
  double multiplier();

  /** The privacy event that a release under this law is charged as. */
  PrivacyEvent event();
}
