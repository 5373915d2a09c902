package org.quietune.tuning.twin;

import org.quietune.report.Table;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Table forbidden) {}
