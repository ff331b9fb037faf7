package io.penstock.write;

import io.penstock.format.Digests;
import io.penstock.format.FragmentEntry;
import io.penstock.format.FragmentMetadata;
import io.penstock.format.Layout;
import io.penstock.format.ObjectDigest;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Schema;
import io.penstock.format.TensorExtent;
import io.penstock.format.TensorLayout;
import io.penstock.store.Store;
import io.penstock.write.ColumnWriter.Outcome;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A fragment whose layout is decided: its memory, its threads, its arrays. One thread at a time.
final class FragmentBody implements AutoCloseable {
  private final Schema schema;
  private final Layout layout;
  private final Workspace workspace;
  private final WriteLine line;
  private final Optional<TumblingShuffle> shuffle;
  private final LabelTallies labels;
  private final List<ColumnWriter> columns = new ArrayList<>();
  private long rows;

  /// Reserves the memory. Waits for it.
  ///
  /// @throws io.penstock.error.RefusedException with the minimum, if the pool's budget is less
  FragmentBody(
      Store store,
      String fragment,
      Schema schema,
      Layout layout,
      Optional<WriteOptions.Shuffle> shuffle,
      FragmentWriter.Parts parts,
      Monitor monitor) {
    this.schema = schema;
    this.layout = layout;
    Demand demand = new Demand(layout, shuffle);
    this.workspace = Workspace.reserve(parts.pool(), monitor, demand.all());
    EncodeStage stage =
        new EncodeStage(monitor, parts.threads(), workspace.stock(demand.encoded()));
    this.line =
        new WriteLine(
            monitor, stage, store, new StoreGate(store), new TaskGroup(monitor), fragment);
    for (TensorLayout tensor : layout.tensors()) {
      columns.add(
          switch (tensor) {
            case TensorLayout.Fixed fixed -> fixed(fixed);
            case TensorLayout.Ragged ragged -> ragged(ragged);
          });
    }
    this.shuffle = shuffle.map(this::shuffle);
    this.labels = new LabelTallies(schema, layout.groupSamples());
  }

  /// What the arrays of a layout need of the workspace.
  private static final class Demand {
    private final List<Workspace.Need> all = new ArrayList<>();
    private long largestEncoded;

    Demand(Layout layout, Optional<WriteOptions.Shuffle> shuffle) {
      for (TensorLayout tensor : layout.tensors()) {
        switch (tensor) {
          case TensorLayout.Fixed fixed -> addSamples(ArrayPlan.of(fixed.array()));
          case TensorLayout.Ragged ragged -> {
            ArrayPlan values = ArrayPlan.of(ragged.values());
            add(values, ValuesArray.chunkBuffers(values));
            addSamples(ArrayPlan.of(ragged.offset()));
            addSamples(ArrayPlan.of(ragged.shape()));
          }
        }
      }
      all.add(encoded());
      shuffle.ifPresent(options -> all.add(shuffled(options)));
    }

    private void addSamples(ArrayPlan plan) {
      add(plan, SampleArray.chunkBuffers(plan));
    }

    private void add(ArrayPlan plan, Workspace.Need chunks) {
      all.add(chunks);
      all.add(plan.parts());
      largestEncoded = Math.max(largestEncoded, plan.codec().maxEncodedBytes());
    }

    /// One encoded chunk of any array.
    Workspace.Need encoded() {
      return Workspace.Need.of(largestEncoded, 1);
    }

    /// The window of the write-time shuffle. It is a part of the one lease, so that no writer waits
    /// for the rest of its memory with a window in its hands.
    static Workspace.Need shuffled(WriteOptions.Shuffle options) {
      return Workspace.Need.of(options.bufferBytes(), 1);
    }

    List<Workspace.Need> all() {
      return all;
    }
  }

  private TumblingShuffle shuffle(WriteOptions.Shuffle options) {
    Workspace.Buffer window = workspace.stock(Demand.shuffled(options)).take();
    return new TumblingShuffle(schema, options, window.segment(), this::write);
  }

  private ColumnWriter fixed(TensorLayout.Fixed tensor) {
    ArrayPlan plan = ArrayPlan.of(tensor.array());
    ArrayPacker packer = packer(plan);
    long sampleBytes = tensor.array().innerShape().bytes(tensor.array().type());
    return new ColumnWriter.Fixed(
        tensor.tensor(), packer, samples(plan, packer), layout.groupSamples(), sampleBytes);
  }

  private ColumnWriter ragged(TensorLayout.Ragged tensor) {
    ArrayPlan values = ArrayPlan.of(tensor.values());
    ArrayPlan offset = ArrayPlan.of(tensor.offset());
    ArrayPlan shape = ArrayPlan.of(tensor.shape());
    List<ArrayPacker> packers = List.of(packer(values), packer(offset), packer(shape));
    SampleArray offsets = samples(offset, packers.get(1));
    return new ColumnWriter.Ragged(
        tensor.tensor(),
        packers,
        new ValuesArray(
            values,
            packers.getFirst(),
            workspace.stock(ValuesArray.chunkBuffers(values)),
            layout.groupSamples(),
            ColumnWriter.offsetsTo(offsets)),
        offsets,
        samples(shape, packers.get(2)));
  }

  private ArrayPacker packer(ArrayPlan plan) {
    return new ArrayPacker(line, plan, workspace.stock(plan.parts()));
  }

  private SampleArray samples(ArrayPlan plan, ArrayPacker packer) {
    return new SampleArray(plan, packer, workspace.stock(SampleArray.chunkBuffers(plan)));
  }

  /// Appends samples to all tensors. Waits for memory.
  void append(List<Rows> call) {
    shuffle.ifPresentOrElse(stage -> stage.append(call), () -> write(call));
  }

  private void write(List<Rows> call) {
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).append(call.get(i));
    }
    labels.add(call);
    rows += call.getFirst().count();
  }

  /// Writes what is left: data first, then metadata, catalogs and sketches. Waits for all of it.
  FragmentWriter.Written finish() {
    shuffle.ifPresent(TumblingShuffle::finish);
    columns.forEach(ColumnWriter::finish);
    line.stage().join();
    line.tasks().join();
    List<Outcome> outcomes = columns.stream().map(ColumnWriter::outcome).toList();
    List<TensorExtent> extents = outcomes.stream().map(Outcome::extent).toList();
    Map<String, byte[]> metadata = FragmentMetadata.of(schema, layout, rows, extents).encode();
    putMetadata(metadata, outcomes);
    List<ObjectDigest> described = new ArrayList<>();
    metadata.forEach((path, content) -> described.add(ObjectDigest.of(path, content)));
    List<ObjectDigest> all = new ArrayList<>(described);
    outcomes.forEach(outcome -> all.addAll(outcome.objects()));
    FragmentEntry entry =
        new FragmentEntry(
            line.fragment(),
            0,
            rows,
            0,
            all.stream().mapToLong(ObjectDigest::bytes).sum(),
            Digests.fragment(all),
            Digests.fragment(described),
            extents,
            shuffle.map(TumblingShuffle::done));
    return new FragmentWriter.Written(layout, entry);
  }

  private void putMetadata(Map<String, byte[]> metadata, List<Outcome> outcomes) {
    Map<String, byte[]> objects = new HashMap<>();
    metadata.forEach((path, content) -> objects.put(line.fragment() + "/" + path, content));
    for (Outcome outcome : outcomes) {
      objects.put(
          ObjectKeys.catalog(line.fragment(), outcome.extent().tensor()),
          outcome.catalog().encode());
    }
    labels
        .sketches()
        .forEach((tensor, sketch) ->
            objects.put(ObjectKeys.sketch(line.fragment(), tensor), sketch.encode()));
    objects.forEach((key, content) ->
        line.tasks()
            .fork(
                "penstock-put " + key, () -> line.gate().put(key, MemorySegment.ofArray(content))));
    line.tasks().join();
  }

  /// Stops all work and gives the memory back. The monitor must have a failure, unless [#finish]
  /// has returned: that is what stops the work.
  @Override
  public void close() {
    line.stage().awaitIdle();
    line.tasks().close();
    workspace.close();
  }
}
