package org.quietune.release;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The exact sum over units of clipped lattice vectors, in one streaming pass.
 *
 * <p>One thread reads and cuts the stream into chunks; workers turn a chunk into vectors and add
 * the units that lie wholly inside it to their own integer accumulator. Units that cross chunks
 * come back as raw partial sums and are joined in stream order, so memory does not grow with the
 * number of records, or with the size of a unit. Integer addition is associative: the same lattice
 * vectors give the same bits for any number of threads and any order of units.
 */
final class UnitSummation<R> {
  private static final int LARGEST_CHUNK = 256;
  private static final int CHUNK_VALUES = 1 << 22;
  private static final long LARGEST_UNIT_COUNT = 1L << 31;

  private final L2Clip clip;
  private final VectorMap<R> map;
  private final int dimension;
  private final int threads;
  private final int chunkSize;
  private final ConcurrentLinkedQueue<Worker> idle = new ConcurrentLinkedQueue<>();

  UnitSummation(L2Clip clip, VectorMap<R> map, int threads) {
    this.clip = clip;
    this.map = map;
    this.dimension = map.dimension();
    this.threads = threads;
    this.chunkSize = Math.max(1, Math.min(LARGEST_CHUNK, CHUNK_VALUES / dimension));
  }

  /** Consecutive records of the stream; {@code starts[i]} says whether record i begins a unit. */
  private record Chunk<R>(List<R> records, boolean[] starts) {}

  /**
   * What is left of a chunk when its inner units are added.
   *
   * @param head raw sum of the records before the first unit start; null when there is none
   * @param tail raw sum of the last unit begun in the chunk; null when none begins
   */
  private record Edges(double @Nullable [] head, double @Nullable [] tail) {}

  long[] sum(PrivateRecords<R> records) {
    for (int i = 0; i < threads; i++) {
      idle.add(new Worker());
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads, UnitSummation::daemon);
    Worker joiner = new Worker();
    try (PrivateRecords.Cursor<R> cursor = records.source().open()) {
      Deque<Future<Edges>> pending = new ArrayDeque<>();
      double[] open = null;
      long units = 0;
      boolean more = cursor.advance();
      while (more) {
        List<R> chunk = new ArrayList<>(chunkSize);
        boolean[] starts = new boolean[chunkSize];
        while (more && chunk.size() < chunkSize) {
          starts[chunk.size()] = cursor.startsUnit();
          units += cursor.startsUnit() ? 1 : 0;
          chunk.add(cursor.record());
          more = cursor.advance();
        }
        if (units > LARGEST_UNIT_COUNT) {
          throw new IllegalStateException("more than 2^31 privacy units");
        }
        Chunk<R> full = new Chunk<>(chunk, starts);
        pending.add(pool.submit(() -> add(full)));
        if (pending.size() > 2 * threads) {
          open = join(open, pending.remove().get(), joiner);
        }
      }
      while (!pending.isEmpty()) {
        open = join(open, pending.remove().get(), joiner);
      }
      if (open != null) {
        joiner.add(open, 0);
      }
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

  /** Joins a chunk's edges to the unit that is still open, and returns the unit open after it. */
  private double @Nullable [] join(double @Nullable [] open, Edges edges, Worker joiner) {
    if (edges.head() != null && open != null) {
      for (int j = 0; j < dimension; j++) {
        open[j] += edges.head()[j];
      }
    }
    if (edges.tail() == null) {
      return open;
    }
    if (open != null) {
      joiner.add(open, 0);
    }
    return edges.tail();
  }

  private Edges add(Chunk<R> chunk) {
    Worker worker = idle.remove();
    try {
      return worker.addInnerUnits(chunk);
    } finally {
      idle.add(worker);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "quietune-private-sum");
    thread.setDaemon(true);
    return thread;
  }

  /** One thread's accumulator and buffers. */
  private final class Worker {
    private final long[] sum = new long[dimension];
    private final long[] scratch = new long[dimension];
    private final int[] innerUnits = new int[chunkSize];
    private double[] vectors = new double[0];

    Edges addInnerUnits(Chunk<R> chunk) {
      int size = chunk.records().size();
      if (vectors.length == 0) {
        vectors = new double[chunkSize * dimension];
      }
      map.map(chunk.records(), vectors);
      double[] head = null;
      double[] tail = null;
      int inner = 0;
      int from = 0;
      while (from < size) {
        int to = from + 1;
        while (to < size && !chunk.starts()[to]) {
          addRecord(from, to);
          to++;
        }
        if (!chunk.starts()[from]) {
          head = copyOf(from);
        } else if (to == size) {
          tail = copyOf(from);
        } else {
          innerUnits[inner++] = from * dimension;
        }
        from = to;
      }
      clip.addAllTo(vectors, innerUnits, inner, scratch, sum);
      return new Edges(head, tail);
    }

    void add(double[] vector, int offset) {
      clip.addTo(vector, offset, scratch, sum);
    }

    /** Adds {@code record} to the vector of the unit that begins at {@code unit}. */
    private void addRecord(int unit, int record) {
      for (int j = 0; j < dimension; j++) {
        vectors[unit * dimension + j] += vectors[record * dimension + j];
      }
    }

    private double[] copyOf(int record) {
      return Arrays.copyOfRange(vectors, record * dimension, (record + 1) * dimension);
    }
  }
}
