/** Cohorts of intensive-care stays. */
@NullMarked
package org.quietune.data.icu;

import org.jspecify.annotations.NullMarked;
