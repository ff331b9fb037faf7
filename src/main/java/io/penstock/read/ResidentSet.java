package io.penstock.read;

import io.penstock.error.PenstockException;
import io.penstock.format.VersionContent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The columns of a loader that are read once and stay: which parts of them batches wait for.
/// Guarded by the loader's lock.
final class ResidentSet {
  /// What is so small in a fragment is read as a whole when some of it is needed.
  private static final long SMALL_BYTES = 4L << 20;

  private final VersionContent content;
  private final List<ResidentColumn> columns;
  private final Set<ResidentUnit> pending = new LinkedHashSet<>();

  ResidentSet(VersionContent content, List<ResidentColumn> columns) {
    this.content = content;
    this.columns = columns;
  }

  /// Lets a batch wait for what it needs and what is not there.
  ///
  /// @param toRead takes what was not asked for before
  void request(BatchAssembly batch, Consumer<? super ResidentUnit> toRead) {
    for (ResidentColumn column : columns) {
      int fragment = -1;
      long first = 0;
      long end = 0;
      for (long position : batch.positions()) {
        if (position < first || position >= end) {
          fragment = content.fragmentAt(position);
          first = content.firstRow(fragment);
          end = content.firstRow(fragment + 1);
        }
        ResidentUnit unit = column.unit(fragment, position - first);
        if (!unit.loaded()) {
          request(column, unit, batch, toRead);
          unit.await(batch);
        }
      }
    }
  }

  private void request(
      ResidentColumn column,
      ResidentUnit unit,
      BatchAssembly batch,
      Consumer<? super ResidentUnit> toRead) {
    if (!request(unit, batch, toRead) || column.bytes(unit.fragment()) > SMALL_BYTES) {
      return;
    }
    for (int number = 0; number < column.units(unit.fragment()); number++) {
      request(column.unitAt(unit.fragment(), number), batch, toRead);
    }
  }

  private boolean request(
      ResidentUnit unit, BatchAssembly batch, Consumer<? super ResidentUnit> toRead) {
    boolean isNew = unit.request(batch.ordinal());
    if (isNew) {
      pending.add(unit);
      toRead.accept(unit);
    }
    return isNew;
  }

  /// The unit that comes some units after one, if it is wanted.
  @Nullable ResidentUnit after(ResidentUnit unit, int units) {
    ResidentColumn home = unit.home();
    int number = unit.number() + units;
    if (number >= home.units(unit.fragment())) {
      return null;
    }
    ResidentUnit next = home.unitAt(unit.fragment(), number);
    return pending.contains(next) ? next : null;
  }

  /// A part of a unit is there, or could not be read.
  ///
  /// @return the batches that waited for it, if it was the last part
  List<BatchAssembly> arrived(ResidentUnit unit, @Nullable PenstockException failure) {
    if (!unit.partFinished(failure)) {
      return List.of();
    }
    pending.remove(unit);
    List<BatchAssembly> waiting = unit.takeWaiting();
    PenstockException problem = unit.problem();
    if (problem != null) {
      unit.home().forget(unit);
      long first = content.firstRow(unit.fragment()) + unit.firstRow();
      for (BatchAssembly batch : waiting) {
        long[] positions = batch.positions();
        for (int slot = 0; slot < positions.length; slot++) {
          if (positions[slot] >= first && positions[slot] < first + unit.rows()) {
            batch.failed(slot, problem);
          }
        }
      }
    }
    return waiting;
  }

  /// The batches that wait are not wanted any more.
  void forgetWaiting() {
    pending.forEach(ResidentUnit::takeWaiting);
  }

  /// Has a batch's samples of all columns copied on a codec thread, when all units are there.
  void gather(BatchAssembly batch, Intake intake) {
    intake.run(
        _ -> {
          columns.forEach(column -> column.gather(batch));
          if (batch.arrived(1)) {
            intake.done(batch);
          }
        },
        () -> {});
  }
}
