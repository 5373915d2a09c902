/** Tables, clinical cohorts and privacy units. */
@NullMarked
package org.quietune.data;

import org.jspecify.annotations.NullMarked;
