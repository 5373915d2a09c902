/** Private fine-tuning: the quadratic exponential mechanism and its baselines. */
@NullMarked
package org.quietune.tuning;

import org.jspecify.annotations.NullMarked;
