package io.penstock.read;

import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.TensorBatch;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/// A batch in the caller's hands.
final class LoadedBatch implements Batch {
  private final BatchAssembly batch;
  private final VersionContent content;
  private final SharedLease lease;
  private final Map<String, TensorPart> parts = new LinkedHashMap<>();
  private final OpenBatches open;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final OpenBatches.Handle handle;

  /// @param batch that is done, without a failure
  /// @param lease on its memory; taken over
  @SuppressWarnings("this-escape") // the handle only refers to it
  LoadedBatch(BatchAssembly batch, VersionContent content, SharedLease lease, OpenBatches open) {
    this.batch = batch;
    this.content = content;
    this.lease = lease;
    this.open = open;
    for (Column column : batch.columns()) {
      parts.put(column.spec().name(), new TensorPart(column));
    }
    this.handle = open.handedOut(this);
  }

  @Override
  public int samples() {
    return batch.samples();
  }

  @Override
  public long epoch() {
    return batch.rows().epoch();
  }

  @Override
  public long index() {
    return batch.rows().index();
  }

  @Override
  public long[] sampleIds() {
    long[] ids = batch.positions().clone();
    for (int i = 0; i < ids.length; i++) {
      ids[i] = SampleIds.of(content, ids[i]);
    }
    return ids;
  }

  @Override
  public int[] streams() {
    return batch.rows().streams();
  }

  @Override
  public boolean[] mask() {
    return batch.mask(batch.rows().valid());
  }

  @Override
  public List<String> tensors() {
    return List.copyOf(parts.keySet());
  }

  @Override
  public TensorBatch tensor(String name) {
    checkOpen();
    TensorPart part = parts.get(name);
    if (part == null) {
      throw new NotFoundException(
          ErrorCode.TENSOR_NOT_FOUND, "the batch has no tensor " + name + "; it has " + tensors());
    }
    return part;
  }

  @Override
  public Batch retain() {
    checkOpen();
    return new LoadedBatch(batch, content, lease.retain(), open);
  }

  @Override
  public boolean closed() {
    return closed.get();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      handle.close();
      lease.release();
    }
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new RefusedException(ErrorCode.CLOSED, "the batch is closed");
    }
  }

  private final class TensorPart implements TensorBatch {
    private final Column column;

    TensorPart(Column column) {
      this.column = column;
    }

    @Override
    public String name() {
      return column.spec().name();
    }

    @Override
    public DataType type() {
      return column.hooks().output().type();
    }

    @Override
    public Shape shape() {
      checkOpen();
      return column.raggedOutput()
          ? column.placement().shape(column, batch.table(column.number()))
          : column.hooks().output().shape().prepend(samples());
    }

    @Override
    public MemorySegment segment() {
      checkOpen();
      return batch.output(column);
    }

    @Override
    public MemorySegment offsets() {
      checkOpen();
      return column.raggedOutput()
          ? column.placement().offsets(batch.marks(column.number()))
          : MemorySegment.NULL;
    }

    @Override
    public MemorySegment lengths() {
      checkOpen();
      return column.raggedOutput()
          ? column.placement().lengths(batch.marks(column.number()))
          : MemorySegment.NULL;
    }

    @Override
    public MemorySegment segments() {
      checkOpen();
      return column.packedOutput() ? batch.segments() : MemorySegment.NULL;
    }

    @Override
    public Shape sampleShape(int sample) {
      checkOpen();
      Objects.checkIndex(sample, samples());
      return column.raggedOutput()
          ? batch.table(column.number()).shape(sample)
          : column.hooks().output().shape();
    }
  }
}
