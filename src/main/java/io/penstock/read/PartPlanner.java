package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.format.VersionContent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Works out which chunks are read for a need. Loads the catalogs that it needs, and blocks then.
/// One thread at a time.
final class PartPlanner {
  private final VersionContent content;
  private final StoredTensors tensors;
  private final List<Column> columns;
  private final List<Column> streamed;
  private final RaggedRows[] tables;

  /// @param tables of the ragged columns, by the columns' numbers
  PartPlanner(
      VersionContent content, StoredTensors tensors, List<Column> columns, RaggedRows[] tables) {
    this.content = content;
    this.tensors = tensors;
    this.columns = columns.stream().filter(column -> !column.empty()).toList();
    this.streamed =
        columns.stream().filter(column -> !column.resident() && !column.empty()).toList();
    this.tables = tables;
  }

  /// Whether anything is read group by group.
  boolean streams() {
    return !streamed.isEmpty();
  }

  /// Tells all batches that use a group that nothing of it can be read.
  void fail(Group group, PenstockException problem, Consumer<BatchAssembly> onDone) {
    for (int use = 0; use < group.uses(); use++) {
      BatchAssembly batch = group.batch(use);
      batch.failed(group.slot(use), problem);
      long bytes = 0;
      for (Column column : streamed) {
        bytes +=
            column.ragged()
                ? batch.table(column.number()).elements(group.slot(use)) * column.elementBytes()
                : column.sampleBytes();
      }
      if (batch.arrived(bytes)) {
        onDone.accept(batch);
      }
    }
  }

  /// Plans a need, unless that is done. Blocks.
  void plan(Need need) {
    if (need.planned()) {
      return;
    }
    switch (need) {
      case Group group -> group.plan(parts(group));
      case ResidentUnit unit -> unit.plan(parts(unit));
    }
  }

  /// The chunks in which whole groups of samples lie, as far as that is known without the entries
  /// of ragged samples, and without what cannot be read. Blocks.
  ///
  /// @param rows of the version, of which the groups are meant: those of the first rows first, and
  ///   not more than can be asked for at once
  List<ChunkRead> chunksAround(long[] rows) {
    Set<GroupAt> groups = new LinkedHashSet<>();
    for (long row : rows) {
      int fragment = content.fragmentAt(row);
      groups.add(
          new GroupAt(fragment, (row - content.firstRow(fragment)) / groupSamples(fragment)));
      if (groups.size() == Flights.MOST) {
        break;
      }
    }
    List<ChunkRead> chunks = new ArrayList<>();
    for (GroupAt group : groups) {
      columns.forEach(column -> addChunks(chunks, group, column));
    }
    return chunks;
  }

  private record GroupAt(int fragment, long number) {}

  private long groupSamples(int fragment) {
    return content.layout(content.fragments().get(fragment)).groupSamples();
  }

  private void addChunks(List<ChunkRead> chunks, GroupAt group, Column column) {
    long from = group.number() * groupSamples(group.fragment());
    long to =
        Math.min(
            from + groupSamples(group.fragment()),
            content.fragments().get(group.fragment()).rows());
    switch (stored(group.fragment(), column)) {
      case StoredTensor.Fixed(StoredArray array) ->
          chunks(array, from, to).stream()
              .filter(chunk -> chunk.knownFailure().isEmpty())
              .forEach(chunks::add);
      case StoredTensor.Ragged ragged -> {
        long first = content.firstRow(group.fragment());
        StoredTensor.ChunkSpan span = ragged.groupChunks(group.number());
        for (long chunk = span.from(); chunk < span.to(); chunk++) {
          if (ragged.values().problem(chunk).isEmpty()) {
            chunks.add(ChunkRead.of(ragged.values(), chunk, first + from, first + to, List.of()));
          }
        }
      }
    }
  }

  private List<Part> parts(Group group) {
    List<Part> parts = new ArrayList<>();
    long firstRow = group.number() * groupSamples(group.fragment());
    for (Column column : streamed) {
      switch (stored(group.fragment(), column)) {
        case StoredTensor.Fixed(StoredArray array) -> {
          for (ChunkRead chunk : chunks(array, firstRow, firstRow + group.rows())) {
            parts.add(new FixedPart(group, column, chunk, firstRow));
          }
        }
        case StoredTensor.Ragged ragged -> addRagged(parts, group, column, ragged.values());
      }
    }
    return parts;
  }

  private void addRagged(List<Part> parts, Group group, Column column, StoredArray values) {
    Set<Long> wanted = new TreeSet<>();
    long first = Long.MAX_VALUE;
    long last = -1;
    for (int use = 0; use < group.uses(); use++) {
      BatchAssembly batch = group.batch(use);
      long position = batch.positions()[group.slot(use)];
      first = Math.min(first, position);
      last = Math.max(last, position);
      addChunks(wanted, values, batch.table(column.number()), group.slot(use));
    }
    for (long chunk : wanted) {
      ChunkRead read = ChunkRead.of(values, chunk, first, last + 1, List.of());
      parts.add(new RaggedPart(group, column, read));
    }
  }

  private static void addChunks(
      Set<Long> wanted, StoredArray values, SampleTable table, int sample) {
    long elements = table.elements(sample);
    if (elements > 0) {
      long length = values.chunkLength(0);
      long last = (table.offset(sample) + elements - 1) / length;
      for (long chunk = table.offset(sample) / length; chunk <= last; chunk++) {
        wanted.add(values.chunkAt(new long[] {chunk}));
      }
    }
  }

  private List<Part> parts(ResidentUnit unit) {
    List<Part> parts = new ArrayList<>();
    Column column = unit.home().column();
    switch (stored(unit.fragment(), column)) {
      case StoredTensor.Fixed(StoredArray array) -> {
        for (ChunkRead chunk : chunks(array, unit.firstRow(), unit.firstRow() + unit.rows())) {
          parts.add(new ResidentPart(unit, column, chunk));
        }
      }
      case StoredTensor.Ragged ragged -> {
        long from = content.firstRow(unit.fragment()) + unit.firstRow();
        long[] positions = new long[Math.toIntExact(unit.rows())];
        for (int i = 0; i < positions.length; i++) {
          positions[i] = from + i;
        }
        SampleTable table = tables[column.number()].table(positions);
        Set<Long> wanted = new TreeSet<>();
        for (int i = 0; i < positions.length; i++) {
          addChunks(wanted, ragged.values(), table, i);
        }
        for (long chunk : wanted) {
          ChunkRead read =
              ChunkRead.of(ragged.values(), chunk, from, from + unit.rows(), List.of());
          parts.add(new ResidentPart(unit, column, read));
        }
      }
    }
    return parts;
  }

  private StoredTensor stored(int fragment, Column column) {
    return tensors.get(new StoredTensors.Key(fragment, column.spec().name()));
  }

  /// The chunks of an array that hold some of these rows.
  private static List<ChunkRead> chunks(StoredArray array, long from, long to) {
    List<ChunkRead> chunks = new ArrayList<>();
    long[] at = new long[array.rank()];
    at[0] = from / array.chunkLength(0);
    while (at[0] * array.chunkLength(0) < to) {
      long chunk = array.chunkAt(at);
      chunks.add(
          ChunkRead.of(array, chunk, array.fromSample(chunk), array.toSample(chunk), List.of()));
      int axis = at.length - 1;
      while (axis > 0 && (at[axis] + 1) * array.chunkLength(axis) >= array.length(axis)) {
        at[axis--] = 0;
      }
      at[axis]++;
    }
    return chunks;
  }
}
