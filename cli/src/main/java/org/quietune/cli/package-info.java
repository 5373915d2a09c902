/** The command line: the only wiring. */
@NullMarked
package org.quietune.cli;

import org.jspecify.annotations.NullMarked;
