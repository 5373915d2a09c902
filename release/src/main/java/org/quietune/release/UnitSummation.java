package org.quietune.release;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The exact sum over units of clipped lattice vectors, in one streaming pass.
 *
 * <p>One thread reads and cuts the stream into chunks of whole units; workers turn a chunk into
 * vectors and add its units to their own integer accumulator. A unit longer than a chunk is cut
 * into pieces from its own first record, which come back as integer partial sums; so memory grows
 * neither with the number of records nor with the size of a unit.
 *
 * <p>What a unit contributes depends on that unit's records alone, to the last bit, whatever stands
 * beside it: the map gives a record its vector by itself ({@link VectorMap}), the records of a unit
 * are added as integers, in any order and grouping the same, and the clip looks at that sum only.
 * So the sums of two data sets that differ in one unit differ by exactly that unit's lattice vector
 * (docs/theory.md §3.1), and the same lattice vectors give the same bits for any number of threads
 * and any order of units.
 */
final class UnitSummation<R> {
  private static final long LARGEST_UNIT_COUNT = 1L << 31;

  private final L2Clip clip;
  private final int dimension;
  private final int threads;
  private final int chunkSize;
  private final Worker joiner;
  private final ConcurrentLinkedQueue<Worker> idle = new ConcurrentLinkedQueue<>();

  UnitSummation(L2Clip clip, VectorMap<R> map, int threads) {
    this.clip = clip;
    this.dimension = map.dimension();
    this.threads = threads;
    VectorPieces<R> pieces = requirePartition(map);
    chunkSize = pieces.blockSize();
    joiner = new Worker(pieces);
    for (int i = 0; i < threads; i++) {
      idle.add(new Worker(map.pieces()));
    }
  }

  private static <R> VectorPieces<R> requirePartition(VectorMap<R> map) {
    VectorPieces<R> pieces = map.pieces();
    if (pieces.start(0) != 0 || pieces.start(pieces.count()) != map.dimension()) {
      throw new IllegalArgumentException("pieces must be a partition of the coordinates");
    }
    return pieces;
  }

  /**
   * Sums over the units that the sample takes. For one call.
   *
   * @param sample asked once per unit, in the order of the stream, by one thread
   */
  long[] sum(PrivateRecords<R> records, UnitSample sample) {
    ExecutorService pool = Executors.newFixedThreadPool(threads, UnitSummation::daemon);
    try (PrivateRecords.Cursor<R> cursor = records.source().open()) {
      read(cursor, sample, new Submission(pool));
    } catch (ExecutionException e) {
      throw new IllegalStateException("the pass over the private records failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the pass over the private records was interrupted", e);
    } finally {
      pool.shutdownNow();
    }
    long[] total = joiner.sum;
    for (Worker worker : idle) {
      for (int j = 0; j < dimension; j++) {
        total[j] += worker.sum[j];
      }
    }
    return total;
  }

  private void read(PrivateRecords.Cursor<R> cursor, UnitSample sample, Submission submission)
      throws ExecutionException, InterruptedException {
    long units = 0;
    Chunk<R> chunk = new Chunk<>();
    boolean more = cursor.advance();
    while (more) {
      if (!submission.isUnitOpen() && !sample.takesNext()) {
        do {
          more = cursor.advance();
        } while (more && !cursor.startsUnit());
        units = counted(units);
        continue;
      }
      List<R> unit = new ArrayList<>();
      do {
        unit.add(cursor.record());
        more = cursor.advance();
      } while (more && !cursor.startsUnit() && unit.size() < chunkSize);
      boolean complete = !more || cursor.startsUnit();
      if (complete && !submission.isUnitOpen()) {
        if (chunk.records.size() + unit.size() > chunkSize) {
          submission.submit(chunk);
          chunk = new Chunk<>();
        }
        chunk.add(unit);
      } else {
        submission.submitPiece(unit, complete);
      }
      units = complete ? counted(units) : units;
    }
    submission.submit(chunk);
    submission.await();
  }

  private static long counted(long units) {
    if (units == LARGEST_UNIT_COUNT) {
      throw new IllegalStateException("more than 2^31 privacy units");
    }
    return units + 1;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "quietune-private-sum");
    thread.setDaemon(true);
    return thread;
  }

  /** Whole units: their records in a row, and the number of records of each. */
  private static final class Chunk<R> {
    private final List<R> records = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();

    void add(List<R> unit) {
      records.addAll(unit);
      sizes.add(unit.size());
    }
  }

  /** Work under way, bounded, and the sum of the pieces of a long unit that is still being read. */
  private final class Submission {
    private final ExecutorService pool;
    private final Deque<Future<Boolean>> chunks = new ArrayDeque<>();
    private final Deque<Future<UnitSum>> pieces = new ArrayDeque<>();
    private @Nullable UnitSum open;

    Submission(ExecutorService pool) {
      this.pool = pool;
    }

    boolean isUnitOpen() {
      return open != null || !pieces.isEmpty();
    }

    void submit(Chunk<R> chunk) throws ExecutionException, InterruptedException {
      chunks.add(pool.submit(onIdleWorker(worker -> worker.add(chunk))));
      if (chunks.size() > 2 * threads) {
        chunks.remove().get();
      }
    }

    void submitPiece(List<R> piece, boolean last) throws ExecutionException, InterruptedException {
      pieces.add(pool.submit(onIdleWorker(worker -> worker.sum(piece))));
      while (pieces.size() > (last ? 0 : 2 * threads)) {
        UnitSum next = pieces.remove().get();
        open = open == null ? next : open.plus(next);
      }
      if (last && open != null) {
        joiner.block.add(open);
        open = null;
      }
    }

    void await() throws ExecutionException, InterruptedException {
      while (!chunks.isEmpty()) {
        chunks.remove().get();
      }
    }

    private <T> Callable<T> onIdleWorker(Function<Worker, T> work) {
      return () -> {
        Worker worker = idle.remove();
        try {
          return work.apply(worker);
        } finally {
          idle.add(worker);
        }
      };
    }
  }

  /** One thread's accumulator and buffers. */
  private final class Worker {
    private final long[] sum = new long[dimension];
    private final UnitBlock<R> block;

    Worker(VectorPieces<R> pieces) {
      block = new UnitBlock<>(clip, pieces, sum);
    }

    boolean add(Chunk<R> chunk) {
      block.add(chunk.records, chunk.sizes);
      return true;
    }

    UnitSum sum(List<R> piece) {
      return block.sumOf(piece, dimension);
    }
  }
}
