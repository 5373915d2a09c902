/** Privacy events, accountants and calibration. Knows no mechanism and no engine. */
@NullMarked
package org.quietune.accounting;

import org.jspecify.annotations.NullMarked;
