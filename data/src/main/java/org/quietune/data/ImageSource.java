package org.quietune.data;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Labelled images of one size. Each is a record and a privacy unit; its columns are its values, 0
 * (black) to 255, channel by channel and row by row, and then its class.
 */
abstract sealed class ImageSource implements RecordSource permits IdxSource, ImageFolderSource {
  /** The last column. */
  static final String LABEL = "label";

  private final String name;
  private final ImageShape shape;
  private final List<String> columns;

  ImageSource(String name, ImageShape shape) {
    this.name = name;
    this.shape = shape;
    List<String> all = new ArrayList<>(shape.columns());
    all.add(LABEL);
    this.columns = List.copyOf(all);
  }

  /** One pass over the images. */
  interface Images extends AutoCloseable {

    /** Moves to the next image; false at the end. */
    boolean advance();

    /** Writes the current image's values. */
    void values(float[] out);

    double label();

    /** Where the label stands and what it is, for a message. */
    String labelPlace();

    @Override
    void close();
  }

  abstract Images images();

  @Override
  public final String name() {
    return name;
  }

  final ImageShape shape() {
    return shape;
  }

  @Override
  public final List<String> columns() {
    return columns;
  }

  /** All columns are numbers. */
  @Override
  public final void requireNumeric(int column) {}

  @Override
  public final RowReader inFileOrder(ColumnChoice choice) {
    return new Reader(images(), shape, choice);
  }

  @Override
  public final void requireUnit(int column) {
    throw new InvalidDataException(
        name + ": each image is a privacy unit of its own, so no column can name the unit");
  }

  @Override
  public final RowReader byUnit(ColumnChoice choice) {
    throw new IllegalArgumentException("images have no unit column");
  }

  /** Takes the chosen columns of each image. */
  private static final class Reader implements RowReader {
    private final Images images;
    private final ColumnChoice choice;
    private final float[] values;
    private float[] features = {};

    Reader(Images images, ImageShape shape, ColumnChoice choice) {
      this.images = images;
      this.choice = choice;
      this.values = new float[shape.size() + 1];
    }

    @Override
    public boolean advance() {
      if (!images.advance()) {
        return false;
      }
      images.values(values);
      values[values.length - 1] = (float) images.label();
      features = new float[choice.width()];
      for (int i = 0; i < features.length; i++) {
        features[i] = values[choice.feature(i)];
      }
      return true;
    }

    @Override
    public float[] features() {
      return features;
    }

    @Override
    public double label() {
      return choice.label().isPresent() ? values[choice.label().getAsInt()] : Double.NaN;
    }

    @Override
    public @Nullable String unit() {
      return null;
    }

    @Override
    public void requireValid(LabelDomain labels) {
      if (choice.label().isPresent() && !labels.contains(label())) {
        throw new InvalidDataException(images.labelPlace() + " is not " + labels.members());
      }
    }

    @Override
    public void close() {
      images.close();
    }
  }
}
