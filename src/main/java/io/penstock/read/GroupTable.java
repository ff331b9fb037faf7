package io.penstock.read;

import io.penstock.format.VersionContent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The groups that batches which are being planned use, found by their place in the version.
/// Confined to the coordinator.
final class GroupTable {
  /*
   * Open addressing with linear probing: one look-up for each sample, and no object. A group stays
   * here until it is sealed and asked for. What the order has left alone for longer than its gap is
   * sealed now and then, all at once.
   */
  private static final int FIRST_SLOTS = 64;

  /// How often it is looked for groups that the order has left, at least.
  static final int LOOK_BATCHES = 16;

  private final VersionContent content;
  private final long gapBatches;
  private final long[] firstGroup;
  private final long[] groupSamples;
  private @Nullable Group[] slots = new Group[FIRST_SLOTS];
  private long[] keys = new long[FIRST_SLOTS];
  private int size;
  private final List<Group> unsealed = new ArrayList<>();
  private long lookedAt;

  /// @param gapBatches what a schedule says of itself
  GroupTable(VersionContent content, long gapBatches) {
    this.content = content;
    this.gapBatches = gapBatches;
    int fragments = content.fragments().size();
    firstGroup = new long[fragments + 1];
    groupSamples = new long[fragments];
    for (int f = 0; f < fragments; f++) {
      groupSamples[f] = content.layout(content.fragments().get(f)).groupSamples();
      firstGroup[f + 1] =
          firstGroup[f] + Math.ceilDiv(content.fragments().get(f).rows(), groupSamples[f]);
    }
  }

  /// Tells groups which of their rows a batch uses. Batches come in order.
  ///
  /// @param onNew takes groups that were not known
  /// @param onFull takes groups of which all rows are used now
  void add(BatchAssembly batch, Consumer<Group> onNew, Consumer<Group> onFull) {
    long[] positions = batch.positions();
    int fragment = -1;
    long first = 0;
    long end = 0;
    for (int slot = 0; slot < positions.length; slot++) {
      long position = positions[slot];
      if (position < first || position >= end) {
        fragment = content.fragmentAt(position);
        first = content.firstRow(fragment);
        end = content.firstRow(fragment + 1);
      }
      long row = position - first;
      long number = row / groupSamples[fragment];
      Group group = get(firstGroup[fragment] + number);
      boolean isNew = group == null || group.sealed();
      if (group == null || isNew) {
        group = create(fragment, number, end - first);
      }
      group.add(batch, slot, (int) (row - number * groupSamples[fragment]));
      if (isNew) {
        onNew.accept(group);
      }
      if (group.uses() == group.rows()) {
        onFull.accept(group);
      }
    }
  }

  private Group create(int fragment, long number, long fragmentRows) {
    long rows = Math.min(groupSamples[fragment], fragmentRows - number * groupSamples[fragment]);
    Group group = new Group(fragment, number, rows);
    put(firstGroup[fragment] + number, group);
    unsealed.add(group);
    return group;
  }

  /// The groups that will not be used again soon; they are to be sealed by the caller.
  ///
  /// @param planned ordinal of the batch that was planned last
  List<Group> idle(long planned) {
    if (gapBatches == Long.MAX_VALUE || planned - lookedAt < Math.min(gapBatches, LOOK_BATCHES)) {
      return List.of();
    }
    lookedAt = planned;
    List<Group> idle = new ArrayList<>();
    for (Group group : unsealed) {
      if (!group.sealed() && planned - group.lastUse() > gapBatches) {
        idle.add(group);
      }
    }
    unsealed.removeIf(group -> group.sealed() || planned - group.lastUse() > gapBatches);
    return idle;
  }

  /// All groups that are not sealed; they are to be sealed by the caller.
  List<Group> takeUnsealed() {
    List<Group> all = unsealed.stream().filter(group -> !group.sealed()).toList();
    unsealed.clear();
    return all;
  }

  /// The group that comes some groups after one in its fragment, if it is known and not asked for.
  @Nullable Group after(Group group, int groups) {
    long number = group.number() + groups;
    int fragment = group.fragment();
    if (firstGroup[fragment] + number >= firstGroup[fragment + 1]) {
      return null;
    }
    Group found = get(firstGroup[fragment] + number);
    return found == null || found.asked() ? null : found;
  }

  /// A group was split: the rest takes its place, if it may still grow.
  void replace(Group group, Group rest) {
    long key = firstGroup[group.fragment()] + group.number();
    if (get(key) == group && !rest.sealed()) {
      put(key, rest);
      unsealed.add(rest);
    }
  }

  /// Forgets a group that is sealed and asked for.
  void forget(Group group) {
    long key = firstGroup[group.fragment()] + group.number();
    if (get(key) == group) {
      remove(key);
    }
  }

  /// Forgets all groups.
  void clear() {
    slots = new Group[FIRST_SLOTS];
    keys = new long[FIRST_SLOTS];
    size = 0;
    unsealed.clear();
  }

  private int place(long key) {
    int mask = slots.length - 1;
    int at = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & mask;
    while (slots[at] != null && keys[at] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private @Nullable Group get(long key) {
    return slots[place(key)];
  }

  private void put(long key, Group group) {
    int at = place(key);
    if (slots[at] == null && 2 * ++size > slots.length) {
      grow();
      at = place(key);
    }
    slots[at] = group;
    keys[at] = key;
  }

  private void grow() {
    @Nullable Group[] oldSlots = slots;
    long[] oldKeys = keys;
    slots = new Group[2 * oldSlots.length];
    keys = new long[2 * oldSlots.length];
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] != null) {
        int at = place(oldKeys[i]);
        slots[at] = oldSlots[i];
        keys[at] = oldKeys[i];
      }
    }
  }

  private void remove(long key) {
    int mask = slots.length - 1;
    int at = place(key);
    slots[at] = null;
    size--;
    // What stands behind may have been pushed there: put it in again.
    for (int next = (at + 1) & mask; slots[next] != null; next = (next + 1) & mask) {
      Group moved = slots[next];
      slots[next] = null;
      int to = place(keys[next]);
      slots[to] = moved;
      keys[to] = keys[next];
    }
  }
}
