package org.quietune.experiments.mnist;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.data.generated.DrawnDigits;
import org.quietune.data.generated.ImageWarp;

/** The parts of the experiment: what is public, what is private and what is tested. */
public enum Part {
  /** Upright digits are public, others that are turned by 45° are private. */
  A(
      "Turned digits",
      "Public: the first 30,000 training images, upright, and a mildly changed copy of each (at most"
          + " 10°, a tenth in size, 1.5 pixels). Private: n of the other 30,000, drawn at"
          + " random and turned by 45° counterclockwise. Test: the 10,000 test images, turned likewise.",
      1000,
      5000) {
    @Override
    Split split(Digits digits) {
      ImageWarp turn = ImageWarp.rotation(DrawnDigits.SHAPE, DEGREES);
      return new Split(
          withMildCopies(digits.train().subList(0, HALF)),
          IntStream.range(HALF, digits.train().size()).toArray(),
          i -> turn.apply(digits.train().get(i)),
          digits.test().stream().map(turn::apply).toList());
    }
  },

  /** Digits drawn by a program are public, written ones private. */
  B(
      "Drawn digits to written ones",
      "Public: 60,000 digits drawn by a program (seed 1). Private: n of the training images, drawn"
          + " at random. Test: the 10,000 test images. The author of the generator of drawn digits"
          + " looked at MNIST training images, and adjusted it once by its errors on 20,000 of them:"
          + " results here are private for a reader who takes the generator as public, and are not to"
          + " be compared with training from scratch.",
      2000,
      60_000) {
    @Override
    Split split(Digits digits) {
      return new Split(
          new DrawnDigits(SEED).table(DRAWN),
          IntStream.range(0, digits.train().size()).toArray(),
          digits.train()::get,
          digits.test());
    }
  },

  /** Digits 0 to 4 are public, the other five private: a shift that no augmentation can name. */
  C(
      "New classes",
      "Public: the training images of digits 0 to 4, and a mildly changed copy of each; the network"
          + " has ten outputs. Private: n training images of digits 5 to 9, drawn at random. Test: the"
          + " 10,000 test images, of all ten digits; accuracy on the new ones alone is told as well.",
      1000,
      5000) {
    @Override
    Split split(Digits digits) {
      return new Split(
          withMildCopies(
              IntStream.of(labelled(digits.train(), label -> label < FIRST_NEW))
                  .mapToObj(digits.train()::get)
                  .toList()),
          labelled(digits.train(), label -> label >= FIRST_NEW),
          digits.train()::get,
          digits.test());
    }
  };

  /** The classes of the model. */
  static final int CLASSES = 10;

  /** The first digit that is new in part c. */
  static final int FIRST_NEW = 5;

  private static final int HALF = 30_000;
  private static final int DRAWN = 60_000;
  private static final double DEGREES = 45;
  private static final long SEED = 1;

  private final String title;
  private final String description;
  private final int fewer;
  private final int more;

  Part(String title, String description, int fewer, int more) {
    this.title = title;
    this.description = description;
    this.fewer = fewer;
    this.more = more;
  }

  /** The part by its letter, in either case. */
  public static Part parse(String letter) {
    for (Part part : values()) {
      if (part.letter().equalsIgnoreCase(letter)) {
        return part;
      }
    }
    throw new IllegalArgumentException("a part is a, b or c, not '" + letter + "'");
  }

  /** {@code a}, {@code b} or {@code c}. */
  public String letter() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Numbers of private images, the smaller one first. */
  public List<Integer> units() {
    return List.of(fewer, more);
  }

  String title() {
    return title;
  }

  String description() {
    return description;
  }

  abstract Split split(Digits digits);

  /** Every image, followed by its copy. */
  private static PublicTable withMildCopies(List<Example> images) {
    List<Example> both = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      both.add(images.get(i));
      both.add(ImageWarp.mild(DrawnDigits.SHAPE, SEED, i).apply(images.get(i)));
    }
    return PublicTable.ofImages(DrawnDigits.SHAPE, both);
  }

  /** The indices of the images whose label is asked for. */
  private static int[] labelled(List<Example> images, IntPredicate label) {
    return IntStream.range(0, images.size())
        .filter(i -> label.test((int) images.get(i).label()))
        .toArray();
  }
}
