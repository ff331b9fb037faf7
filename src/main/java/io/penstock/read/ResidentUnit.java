package io.penstock.read;

import io.penstock.error.PenstockException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some rows of a resident column that are read together: once, when the first batch needs them.
/// Guarded by the pipeline.
final class ResidentUnit extends Need {
  private final ResidentColumn home;
  private final int fragment;
  private final int number;
  private final long firstRow;
  private final long rows;
  private final List<BatchAssembly> waiting = new ArrayList<>(1);
  private long deadline = -1;
  private boolean loaded;
  private int finished;
  private @Nullable PenstockException problem;

  /// @param firstRow of it in the fragment
  ResidentUnit(ResidentColumn home, int fragment, int number, long firstRow, long rows) {
    this.home = home;
    this.fragment = fragment;
    this.number = number;
    this.firstRow = firstRow;
    this.rows = rows;
  }

  ResidentColumn home() {
    return home;
  }

  @Override
  int fragment() {
    return fragment;
  }

  int number() {
    return number;
  }

  long firstRow() {
    return firstRow;
  }

  long rows() {
    return rows;
  }

  /// Whether it need not be waited for.
  boolean loaded() {
    return loaded;
  }

  /// It is to be read for a batch.
  ///
  /// @return whether that was not known
  boolean request(long ordinal) {
    if (deadline >= 0) {
      return false;
    }
    deadline = ordinal;
    return true;
  }

  /// A batch waits for it, unless it is there.
  void await(BatchAssembly batch) {
    if (!loaded && (waiting.isEmpty() || waiting.getLast() != batch)) {
      waiting.add(batch);
      batch.missingResidents++;
    }
  }

  /// One of its parts is there, or could not be read.
  ///
  /// @return whether all are
  boolean partFinished(@Nullable PenstockException failure) {
    problem = problem == null ? failure : problem;
    loaded = ++finished >= parts().size();
    return loaded;
  }

  /// Why it could not be read, when it is finished.
  @Nullable PenstockException problem() {
    return problem;
  }

  /// Those who waited for it, once.
  List<BatchAssembly> takeWaiting() {
    List<BatchAssembly> taken = List.copyOf(waiting);
    waiting.clear();
    return taken;
  }

  @Override
  long deadline() {
    return deadline;
  }

  @Override
  boolean ready(long opened) {
    return true;
  }
}
