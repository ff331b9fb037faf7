package io.penstock.read;

import java.util.Arrays;

/// A group of samples of one fragment, which are stored together, in one pass over it: which of its
/// rows go to which places of which batches. Everything of it is confined to the coordinator until
/// it is *ready*; then codec threads read it, and it does not change any more.
final class Group extends Need {
  /*
   * Uses come in the order of the batches. A group is *sealed* when no more will come: since all of
   * its rows have been used, or since the order has gone elsewhere. It is ready when it is sealed and
   * all of its batches are open.
   */
  private static final int FIRST_USES = 16;

  private final int fragment;
  private final long number;
  private final long rows;
  private BatchAssembly[] batches;
  private int[] slots;
  private int[] inGroup;
  private int uses;
  private boolean sealed;

  /// @param fragment index in the version
  /// @param number of the group in the fragment
  /// @param rows that it has
  Group(int fragment, long number, long rows) {
    this.fragment = fragment;
    this.number = number;
    this.rows = rows;
    int room = (int) Math.min(FIRST_USES, rows);
    batches = new BatchAssembly[room];
    slots = new int[room];
    inGroup = new int[room];
  }

  @Override
  int fragment() {
    return fragment;
  }

  long number() {
    return number;
  }

  long rows() {
    return rows;
  }

  /// A row of it goes to a place of a batch, which comes not before those that were added before.
  void add(BatchAssembly batch, int slot, int row) {
    if (uses == slots.length) {
      batches = Arrays.copyOf(batches, 2 * uses);
      slots = Arrays.copyOf(slots, 2 * uses);
      inGroup = Arrays.copyOf(inGroup, 2 * uses);
    }
    batches[uses] = batch;
    slots[uses] = slot;
    inGroup[uses++] = row;
  }

  int uses() {
    return uses;
  }

  BatchAssembly batch(int use) {
    return batches[use];
  }

  /// Where the row goes in the batch.
  int slot(int use) {
    return slots[use];
  }

  /// The row in the group.
  int row(int use) {
    return inGroup[use];
  }

  @Override
  long deadline() {
    return batches[0].ordinal();
  }

  /// The last batch that uses it, as far as is known.
  long lastUse() {
    return batches[uses - 1].ordinal();
  }

  @Override
  boolean ready(long opened) {
    return sealed && lastUse() < opened;
  }

  boolean sealed() {
    return sealed;
  }

  void seal() {
    sealed = true;
  }

  /// Seals it after those uses whose batches come before one, of which there is at least one.
  ///
  /// @return a group for the others, sealed if this one was; this group if there are none
  Group splitBefore(long ordinal) {
    int kept = uses;
    while (batches[kept - 1].ordinal() >= ordinal) {
      kept--;
    }
    if (kept == uses) {
      sealed = true;
      return this;
    }
    Group rest = new Group(fragment, number, rows);
    for (int i = kept; i < uses; i++) {
      rest.add(batches[i], slots[i], inGroup[i]);
    }
    rest.sealed = sealed;
    uses = kept;
    sealed = true;
    return rest;
  }
}
