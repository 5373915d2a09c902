package org.quietune.release;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Private records behind a seal. Nothing about them can be read from this object: neither a record,
 * nor a shape, nor a count. {@link PrivateSum} alone, in this package, can open it.
 *
 * <p>The readers in {@code org.quietune.data} make these, so that application code never holds a
 * private record. The one exception is {@link #openWithoutPrivacy}, for non-private baselines of
 * published experiments, which needs an explicit token.
 *
 * @param <R> the record type; never exposed by this object
 */
public final class PrivateRecords<R> {

  /** Opens the records for one pass; may be called many times, each time from the beginning. */
  @FunctionalInterface
  public interface Source<R> {
    Cursor<R> open();
  }

  /**
   * One forward pass over the records, in which the records of one privacy unit stand together. Not
   * thread-safe: one thread reads.
   */
  public interface Cursor<R> extends AutoCloseable {
    /** Moves to the next record; false at the end. */
    boolean advance();

    /** The record at the current position; stays valid after {@link #advance}. */
    R record();

    /** Whether the current record is the first one of its privacy unit. */
    boolean startsUnit();

    @Override
    void close();
  }

  private final Source<R> source;
  private final String privacyUnit;

  private PrivateRecords(Source<R> source, String privacyUnit) {
    this.source = Objects.requireNonNull(source);
    this.privacyUnit = Objects.requireNonNull(privacyUnit);
  }

  /**
   * Seals a source.
   *
   * @param source reads the records, those of one unit standing together
   * @param privacyUnit what one unit is, for people: {@code "record"}, or the column that names it
   */
  public static <R> PrivateRecords<R> seal(Source<R> source, String privacyUnit) {
    return new PrivateRecords<>(source, privacyUnit);
  }

  /**
   * Records whose file is looked at, and sealed, only when a release needs them: a run that is
   * resumed may have none left to make.
   *
   * @param sealed opens and checks the file; called once, before anything is charged
   */
  public static <R> PrivateRecords<R> deferred(
      Supplier<PrivateRecords<R>> sealed, String privacyUnit) {
    return new PrivateRecords<>(new Deferred<>(sealed), privacyUnit);
  }

  /** Makes sure that the file can be read; throws what sealing it throws. */
  void prepare() {
    prepare(source);
  }

  private static void prepare(Source<?> source) {
    if (source instanceof Deferred<?> deferred) {
      deferred.sealed();
    } else if (source instanceof Mapped<?, ?> mapped) {
      prepare(mapped.source);
    }
  }

  private static final class Deferred<R> implements Source<R> {
    private final Supplier<PrivateRecords<R>> opening;
    private @Nullable PrivateRecords<R> opened;

    Deferred(Supplier<PrivateRecords<R>> opening) {
      this.opening = opening;
    }

    synchronized PrivateRecords<R> sealed() {
      PrivateRecords<R> records = opened;
      if (records == null) {
        records = opening.get();
        opened = records;
      }
      return records;
    }

    @Override
    public Cursor<R> open() {
      return sealed().source.open();
    }
  }

  /** What one privacy unit is: public, chosen by the user. */
  public String privacyUnit() {
    return privacyUnit;
  }

  /** Where mapped records are kept between passes; for one thread at a time. */
  public interface Store<S> {
    /** Starts anew, empty. */
    void clear();

    /** Adds a record behind the others. */
    void add(S record, boolean startsUnit);

    /** Reads all that was added, from the beginning. */
    Cursor<S> read();
  }

  /**
   * The same units, each record replaced by what a map makes of it. The map runs once per record,
   * at the first pass, and the results are kept in a store.
   *
   * @param map of a record by itself: it may depend on public values only, must not keep what it
   *     sees and must not throw because of a record's values
   * @param store as confidential as the records; the caller deletes it
   */
  public <S> PrivateRecords<S> mapped(Function<? super R, ? extends S> map, Store<S> store) {
    return new PrivateRecords<>(new Mapped<R, S>(source, map, store), privacyUnit);
  }

  private static final class Mapped<R, S> implements Source<S> {
    private final Source<R> source;
    private final Function<? super R, ? extends S> map;
    private final Store<S> store;
    private boolean filled;

    Mapped(Source<R> source, Function<? super R, ? extends S> map, Store<S> store) {
      this.source = source;
      this.map = map;
      this.store = store;
    }

    @Override
    public synchronized Cursor<S> open() {
      if (!filled) {
        store.clear();
        try (Cursor<R> cursor = source.open()) {
          while (cursor.advance()) {
            store.add(map.apply(cursor.record()), cursor.startsUnit());
          }
        }
        filled = true;
      }
      return store.read();
    }
  }

  /** The door's own access. */
  Source<R> source() {
    return source;
  }

  /**
   * Breaks the seal, with no privacy at all. For the non-private rows of an experiment on published
   * data.
   */
  public Source<R> openWithoutPrivacy(InsecureAccess token) {
    Objects.requireNonNull(token);
    return source;
  }

  /** Says nothing about the records. */
  @Override
  public String toString() {
    return "PrivateRecords[unit=" + privacyUnit + "]";
  }
}
