/** Reproductions of published-data experiments. */
@NullMarked
package org.quietune.experiments;

import org.jspecify.annotations.NullMarked;
