package org.quietune.model.twin;

import org.quietune.release.Ledger;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Ledger forbidden) {}
