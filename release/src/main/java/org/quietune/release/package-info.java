/** The one door between private records and everything else. */
@NullMarked
package org.quietune.release;

import org.jspecify.annotations.NullMarked;
