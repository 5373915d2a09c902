package org.quietune.experiments.twin;

import org.quietune.cli.Main;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Main forbidden) {}
