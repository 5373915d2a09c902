package org.quietune.data.twin;

import org.quietune.model.Batch;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Batch forbidden) {}
