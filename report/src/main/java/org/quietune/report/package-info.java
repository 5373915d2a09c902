/** Reports that a person can read. */
@NullMarked
package org.quietune.report;

import org.jspecify.annotations.NullMarked;
