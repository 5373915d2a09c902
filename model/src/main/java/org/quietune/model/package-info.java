/** ONNX in and out, the differentiable network, per-example gradients. */
@NullMarked
package org.quietune.model;

import org.jspecify.annotations.NullMarked;
