package org.quietune.release.twin;

import org.quietune.data.Example;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Example forbidden) {}
