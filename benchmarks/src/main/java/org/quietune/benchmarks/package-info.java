/** JMH benchmarks. */
@NullMarked
package org.quietune.benchmarks;

import org.jspecify.annotations.NullMarked;
