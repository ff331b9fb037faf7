package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.format.FragmentEntry;
import io.penstock.format.VersionContent;
import io.penstock.load.Batch;
import io.penstock.load.TensorBatch;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// A batch in the caller's hands.
final class LoadedBatch implements Batch {
  private final BatchAssembly batch;
  private final VersionContent content;
  private final SharedSlabs slabs;
  private final Map<String, Column> columns = new LinkedHashMap<>();
  private final OpenBatches open;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final OpenBatches.Handle handle;

  /// @param batch that is done, without a failure
  LoadedBatch(BatchAssembly batch, VersionContent content, OpenBatches open) {
    this(batch, content, new SharedSlabs(batch.takeSlabs()), open);
  }

  @SuppressWarnings("this-escape") // the handle only refers to it
  private LoadedBatch(
      BatchAssembly batch, VersionContent content, SharedSlabs slabs, OpenBatches open) {
    this.batch = batch;
    this.content = content;
    this.slabs = slabs;
    this.open = open;
    int offsets = batch.columns().size();
    for (int i = 0; i < batch.columns().size(); i++) {
      BatchAssembly.Column column = batch.columns().get(i);
      Optional<Lease> table =
          column.table().isPresent() ? Optional.of(slabs.get(offsets++)) : Optional.empty();
      columns.put(column.spec().name(), new Column(column, slabs.get(i), table));
    }
    this.handle = open.handedOut(this);
  }

  @Override
  public int samples() {
    return batch.positions().length;
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
      int fragment = content.fragmentAt(ids[i]);
      FragmentEntry entry = content.fragments().get(fragment);
      ids[i] = entry.firstSampleId() + ids[i] - content.firstRow(fragment);
    }
    return ids;
  }

  @Override
  public boolean[] mask() {
    boolean[] mask = new boolean[samples()];
    Arrays.fill(mask, 0, batch.rows().valid(), true);
    return mask;
  }

  @Override
  public List<String> tensors() {
    return List.copyOf(columns.keySet());
  }

  @Override
  public TensorBatch tensor(String name) {
    checkOpen();
    Column column = columns.get(name);
    if (column == null) {
      throw new NotFoundException(
          ErrorCode.TENSOR_NOT_FOUND, "the batch has no tensor " + name + "; it has " + tensors());
    }
    return column;
  }

  @Override
  public Batch retain() {
    checkOpen();
    return new LoadedBatch(batch, content, slabs.retain(), open);
  }

  @Override
  public boolean closed() {
    return closed.get();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      handle.close();
      slabs.release();
    }
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new RefusedException(ErrorCode.CLOSED, "the batch is closed");
    }
  }

  private final class Column implements TensorBatch {
    private final BatchAssembly.Column column;
    private final Lease elements;
    private final Optional<Lease> offsets;

    Column(BatchAssembly.Column column, Lease elements, Optional<Lease> offsets) {
      this.column = column;
      this.elements = elements;
      this.offsets = offsets;
    }

    @Override
    public String name() {
      return column.spec().name();
    }

    @Override
    public DataType type() {
      return column.spec().type();
    }

    @Override
    public Shape shape() {
      checkOpen();
      return column.table().isPresent()
          ? Shape.of(column.bytes() / type().byteCount())
          : column.spec().sampleShape().prepend(samples());
    }

    @Override
    public MemorySegment segment() {
      checkOpen();
      return elements.segment();
    }

    @Override
    public MemorySegment offsets() {
      checkOpen();
      return offsets.map(Lease::segment).orElse(MemorySegment.NULL);
    }

    @Override
    public Shape sampleShape(int sample) {
      checkOpen();
      Objects.checkIndex(sample, samples());
      return column
          .table()
          .map(table -> table.shapes()[sample])
          .orElse(column.spec().sampleShape());
    }
  }
}
