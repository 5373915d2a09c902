package org.quietune.accounting.twin;

import org.quietune.random.BitSource;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(BitSource forbidden) {}
