package org.quietune.random.twin;

import org.quietune.accounting.NeighboringRelation;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(NeighboringRelation forbidden) {}
