/** Generated example data: what the quickstart runs on. Nothing in it was measured on a person. */
@NullMarked
package org.quietune.data.generated;

import org.jspecify.annotations.NullMarked;
