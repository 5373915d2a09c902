package org.quietune.model;

/**
 * What happens to a raw column before the first layer: NaN becomes {@code fill}, the value is
 * clamped to [{@code lower}, {@code upper}] (which makes infinities harmless), then (x − {@code
 * center}) / {@code scale}.
 *
 * <p>All five must be fitted on public data only: they are written into the released file as they
 * are. Every standardized value is finite: checked here in the float32 arithmetic that the model
 * uses.
 *
 * @param fill replaces NaN, per column
 * @param lower smallest value kept, per column
 * @param upper largest value kept, per column, at least {@code lower}
 * @param center subtracted, per column
 * @param scale divides, per column, positive
 */
@SuppressWarnings(
    "ArrayRecordComponent") // copied on the way in; read by this package only to write a file
public record Preprocessing(
    float[] fill, float[] lower, float[] upper, float[] center, float[] scale) {
  public Preprocessing {
    fill = fill.clone();
    lower = lower.clone();
    upper = upper.clone();
    center = center.clone();
    scale = scale.clone();
    int width = fill.length;
    if (width == 0) {
      throw new IllegalArgumentException("preprocessing needs at least one column");
    }
    if (lower.length != width
        || upper.length != width
        || center.length != width
        || scale.length != width) {
      throw new IllegalArgumentException(
          "fill, lower, upper, center and scale must have the same length");
    }
    for (int j = 0; j < width; j++) {
      requireFinite("fill", j, fill[j]);
      requireFinite("lower", j, lower[j]);
      requireFinite("upper", j, upper[j]);
      requireFinite("center", j, center[j]);
      if (!(lower[j] <= upper[j])) {
        throw new IllegalArgumentException(
            "lower["
                + j
                + "] must be at most upper["
                + j
                + "], were "
                + lower[j]
                + ", "
                + upper[j]);
      }
      if (!(scale[j] > 0) || Float.isInfinite(scale[j])) {
        throw new IllegalArgumentException(
            "scale[" + j + "] must be positive and finite, was " + scale[j]);
      }
      requireFinite("(lower - center) / scale", j, (lower[j] - center[j]) / scale[j]);
      requireFinite("(upper - center) / scale", j, (upper[j] - center[j]) / scale[j]);
    }
  }

  /** Number of columns. */
  public int width() {
    return fill.length;
  }

  private static void requireFinite(String name, int column, float value) {
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(
          name + " of column " + column + " must be finite, was " + value);
    }
  }
}
