package org.quietune.report.twin;

import org.quietune.release.Certificate;

/** Breaks the direction of the modules on purpose: ArchitectureTest has to report it. */
public record Upward(Certificate forbidden) {}
