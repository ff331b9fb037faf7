package io.penstock.read;

import io.penstock.buffer.Lease;
import io.penstock.format.FragmentEntry;
import io.penstock.format.Layout;
import io.penstock.format.TensorLayout;
import io.penstock.format.VersionContent;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A tensor that is read once and stays decoded: all samples of the version, one behind the other,
/// in one lease; of a ragged one the values of all fragments. Read unit by unit, as batches need
/// them; batches take their samples from it. Units are guarded by the pipeline.
final class ResidentColumn {
  private final VersionContent content;
  private final Column column;
  private final MemorySegment memory;
  private final long[] base;
  private final long[] unitRows;
  private final @Nullable ResidentUnit[][] units;

  /// @param lease of [#bytes]; borrowed as long as anybody gathers from it
  ResidentColumn(VersionContent content, Column column, Lease lease) {
    this.content = content;
    this.column = column;
    this.memory = lease.segment();
    int fragments = content.fragments().size();
    this.base = bases(content, column);
    this.unitRows = new long[fragments];
    this.units = new ResidentUnit[fragments][];
    for (int f = 0; f < fragments; f++) {
      FragmentEntry entry = content.fragments().get(f);
      unitRows[f] = unitRows(content.layout(entry), column);
      units[f] = new ResidentUnit[Math.toIntExact(Math.ceilDiv(entry.rows(), unitRows[f]))];
    }
  }

  /// A unit is a group, or a chunk that holds several.
  private static long unitRows(Layout layout, Column column) {
    return switch (layout.find(column.spec().name()).orElse(null)) {
      case TensorLayout.Fixed fixed ->
          Math.max(layout.groupSamples(), fixed.array().chunk().dimension(0));
      case TensorLayout.Ragged _ -> layout.groupSamples();
      case null -> layout.groupSamples();
    };
  }

  /// Bytes that it takes.
  static long bytes(VersionContent content, Column column) {
    return bases(content, column)[content.fragments().size()];
  }

  private static long[] bases(VersionContent content, Column column) {
    long[] base = new long[content.fragments().size() + 1];
    for (int f = 0; f < content.fragments().size(); f++) {
      FragmentEntry entry = content.fragments().get(f);
      long bytes =
          column.ragged()
              ? Math.multiplyExact(
                  entry.extent(column.spec().name()).valueElements(), column.elementBytes())
              : Math.multiplyExact(entry.rows(), column.sampleBytes());
      base[f + 1] = Math.addExact(base[f], bytes);
    }
    return base;
  }

  Column column() {
    return column;
  }

  /// Where a fragment's elements begin.
  long base(int fragment) {
    return base[fragment];
  }

  MemorySegment memory() {
    return memory;
  }

  /// The unit that holds a row of a fragment.
  ResidentUnit unit(int fragment, long row) {
    int number = (int) (row / unitRows[fragment]);
    ResidentUnit unit = units[fragment][number];
    if (unit == null) {
      long first = number * unitRows[fragment];
      long rows = Math.min(unitRows[fragment], content.fragments().get(fragment).rows() - first);
      unit = new ResidentUnit(this, fragment, number, first, rows);
      units[fragment][number] = unit;
    }
    return unit;
  }

  /// How many units a fragment has.
  int units(int fragment) {
    return units[fragment].length;
  }

  /// A unit by its number in its fragment.
  ResidentUnit unitAt(int fragment, int number) {
    return unit(fragment, number * unitRows[fragment]);
  }

  /// Bytes of a fragment's samples.
  long bytes(int fragment) {
    return base[fragment + 1] - base[fragment];
  }

  /// The unit could not be read: whoever needs it next tries again.
  void forget(ResidentUnit unit) {
    units[unit.fragment()][unit.number()] = null;
  }

  /// Copies a batch's samples, except those that could not be read. On a codec thread, when all
  /// units that it needs are there.
  void gather(BatchAssembly batch) {
    if (column.ragged()) {
      gatherRagged(batch);
      return;
    }
    long bytes = column.sampleBytes();
    long[] rows = batch.positions();
    MemorySegment target = batch.segment(column.number());
    for (int slot = 0; slot < rows.length; ) {
      int run = 1;
      while (slot + run < rows.length && rows[slot + run] == rows[slot] + run) {
        run++;
      }
      // Of a sample that could not be read there is something in its place: nobody looks at it.
      MemorySegment.copy(memory, rows[slot] * bytes, target, slot * bytes, run * bytes);
      slot += run;
    }
  }

  private void gatherRagged(BatchAssembly batch) {
    long bytes = column.elementBytes();
    long[] rows = batch.positions();
    SampleTable table = batch.table(column.number());
    MemorySegment target = batch.segment(column.number());
    for (int slot = 0; slot < rows.length; slot++) {
      int fragment = content.fragmentAt(rows[slot]);
      MemorySegment.copy(
          memory,
          base[fragment] + table.offset(slot) * bytes,
          target,
          table.start(slot) * bytes,
          table.elements(slot) * bytes);
    }
  }
}
