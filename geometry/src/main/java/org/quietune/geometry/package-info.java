/** Subspaces, curvature, whitening and shrinkage. */
@NullMarked
package org.quietune.geometry;

import org.jspecify.annotations.NullMarked;
