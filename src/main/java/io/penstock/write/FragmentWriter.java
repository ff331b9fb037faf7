package io.penstock.write;

import io.penstock.buffer.BufferPool;
import io.penstock.codec.CodecChoice;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.Store;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The door of the writing line: one fragment in the making. Samples are cut into chunks, encoded
/// in parallel, packed into shards that stream out in parts while they grow, within the pool's
/// budget. One thread at a time. Nothing that it writes is part of any version before a commit
/// names it.
///
/// The same samples, written with the same options, give the same bytes, however many threads
/// encode, however much memory there is, and however the samples were cut into calls.
///
/// A failure stops everything; the call that meets it throws it, and so does every later one, until
/// the writer is closed. Arguments that are refused are no failure: nothing was appended then.
public final class FragmentWriter implements AutoCloseable {
  /*
   * The first samples are kept until they decide the layout and the codecs (FirstSamples); then all
   * memory that the writer needs at least is reserved at once, and the fragment's body is opened. If
   * samples are to be shuffled, they pass through a window of that memory next (TumblingShuffle).
   *
   * The thread that appends copies samples into chunks (SampleArray, ValuesArray) and passes full
   * ones on (ArrayPacker). The codec threads encode them (EncodeStage), each in its own time; whoever
   * has the chunk that is next in its shard copies it into the part in the making and counts it in
   * the shard's digest (ShardPacker). Full parts are sent by a virtual thread for each shard
   * (ShardUpload), several shards at once.
   *
   * No deadlock by construction. Only the thread that appends ever waits for memory, and it waits
   * before a chunk is admitted: with it a chunk gets its buffers for all steps up to the sent part,
   * so what was admitted ends without another wait for memory. When all that was admitted has ended,
   * everything is free again but the chunks and the part in the making of each array, and for those
   * and one more chunk the reserved buffers suffice: the wait ends. The reservation itself is waited
   * for while the writer holds nothing.
   */
  private final Store store;
  private final String fragment;
  private final Schema schema;
  private final WriteOptions options;
  private final Parts parts;
  private final Monitor monitor = new Monitor();
  private Optional<FirstSamples> first;
  private Optional<FragmentBody> body = Optional.empty();
  private long samples;
  private boolean closed;

  /// The parts that writers share; whoever made them closes them.
  ///
  /// @param pool of all buffers
  /// @param threads that encode
  public record Parts(BufferPool pool, CodecThreads threads) {}

  /// The samples of one tensor in one call, in schema order. Elements are C order, in this
  /// machine's byte order, and borrowed for the call.
  public sealed interface Column {
    /// Samples of one shape, one behind the other.
    record Fixed(MemorySegment elements) implements Column {}

    /// Samples of differing shapes, one behind the other; `shapes` holds samples × rank lengths,
    /// int32.
    record Ragged(MemorySegment elements, MemorySegment shapes) implements Column {}
  }

  /// A finished fragment: its layout and its entry, layout index 0 and first id 0 until a commit
  /// places it.
  public record Written(Layout layout, FragmentEntry entry) {}

  /// A writer of one fragment. Does no I/O.
  ///
  /// @param fragment id, a key below the root that nobody else has
  /// @throws RefusedException if the schema has no tensors, or the codec's spelling is wrong, or
  ///   the shuffle's buffer exceeds the pool's budget or holds less than two samples
  public FragmentWriter(
      Store store, String fragment, Schema schema, WriteOptions options, Parts parts) {
    if (schema.tensors().isEmpty()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "a fragment needs at least one tensor");
    }
    this.store = store;
    this.fragment = fragment;
    this.schema = schema;
    this.options = options;
    this.parts = parts;
    this.first = Optional.of(new FirstSamples(schema));
    CodecChoice.parse(options.codec());
    options
        .shuffle()
        .ifPresent(shuffle -> TumblingShuffle.check(shuffle, schema, parts.pool().budgetBytes()));
  }

  /// Appends samples to all tensors. Waits while the budget is full.
  ///
  /// @param columns one for each tensor, in schema order
  /// @throws RefusedException if a column does not fit its tensor; or with code `LIMIT_EXCEEDED`
  ///   and the minimum, if the pool's budget is less than these tensors need
  public void append(long samples, List<Column> columns) {
    checkOpen();
    List<Rows> rows = check(samples, columns);
    if (samples > 0) {
      this.samples = run(() -> accept(rows));
    }
  }

  private List<Rows> check(long samples, List<Column> columns) {
    List<TensorSpec> tensors = schema.tensors();
    if (samples < 0 || columns.size() != tensors.size()) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "append of "
              + samples
              + " samples with "
              + columns.size()
              + " columns, the schema has "
              + tensors.size());
    }
    List<Rows> rows = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      rows.add(Rows.check(tensors.get(i), samples, columns.get(i)));
    }
    return rows;
  }

  /// Returns how many samples there are now.
  private long accept(List<Rows> rows) {
    long count = rows.getFirst().count();
    long kept = 0;
    if (first.isPresent()) {
      kept = first.get().add(rows);
      if (kept < count) {
        openBody(slices(rows, kept, kept + 1));
      }
    }
    if (kept < count) {
      body.orElseThrow().append(slices(rows, kept, count));
    }
    return samples + count;
  }

  private static List<Rows> slices(List<Rows> rows, long from, long to) {
    return rows.stream().map(tensor -> tensor.slice(from, to)).toList();
  }

  /// Decides the layout and writes the samples that were kept for that.
  ///
  /// @param next the sample behind those that were kept, or empty if it was the last one
  private void openBody(List<Rows> next) {
    FirstSamples kept = first.orElseThrow();
    LayoutChoice choice = new LayoutChoice(schema, options, parts.pool());
    FragmentBody opened =
        new FragmentBody(
            store,
            fragment,
            schema,
            choice.layout(kept.rows(), next),
            options.shuffle(),
            parts,
            monitor);
    body = Optional.of(opened);
    opened.append(kept.rows());
    first = Optional.empty();
  }

  /// Samples so far.
  public long samples() {
    return samples;
  }

  /// Writes what is left, the metadata and the catalogs, and waits for all of it. Nothing can be
  /// appended afterwards.
  ///
  /// @throws RefusedException if there is no sample: a fragment has at least one
  public Written finish() {
    checkOpen();
    if (samples == 0) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "fragment " + fragment + " has no samples; write none");
    }
    return run(this::writeRest);
  }

  private Written writeRest() {
    if (first.isPresent()) {
      openBody(List.of());
    }
    Written written = body.orElseThrow().finish();
    close();
    return written;
  }

  /// Discards an unfinished fragment: stops uploads, returns all memory. Whole objects that were
  /// completed stay as orphans. Waits until nothing is in flight. Idempotent.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    monitor.fail(
        new RefusedException(ErrorCode.CLOSED, "the writer of " + fragment + " is closed"));
    first = Optional.empty();
    body.ifPresent(FragmentBody::close);
  }

  private void checkOpen() {
    monitor.check();
  }

  /// Runs a step; what it throws is the failure of the writer.
  private <T> T run(Supplier<T> step) {
    try {
      return step.get();
    } catch (RuntimeException | Error e) {
      monitor.fail(e);
      throw e;
    }
  }
}
