/** Random bits and exact samplers. No floating point between the bits and the noise. */
@NullMarked
package org.quietune.random;

import org.jspecify.annotations.NullMarked;
