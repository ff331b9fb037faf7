package io.penstock.version;

import io.penstock.format.ObjectKeys;
import io.penstock.format.VersionLink;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/// Walks from a version back to the first one along parent links. One thread at a time.
///
/// A parent has the number before its child's, mostly on the same branch: so a few numbers ahead
/// are read together, and decoded when their turn comes, so that damage shows where it is. What was
/// read ahead counts only if the link of its child says that it is the one; where a branch began,
/// the link leads elsewhere and the rest of what was read is dropped.
final class History implements Iterator<StoredVersion> {
  private static final int MOST_AHEAD = 16;

  private final MetadataStore records;
  private final Together together;
  private final Deque<Optional<byte[]>> ahead = new ArrayDeque<>();
  private int window = 1;
  private Optional<VersionLink> aheadOf = Optional.empty();
  private Optional<StoredVersion> first;
  private Optional<VersionLink> next;

  History(MetadataStore records, Together together, StoredVersion newest) {
    this.records = records;
    this.together = together;
    this.first = Optional.of(newest);
    this.next = Optional.of(newest.link());
  }

  @Override
  public boolean hasNext() {
    return next.isPresent();
  }

  @Override
  public StoredVersion next() {
    VersionLink link = next.orElseThrow(NoSuchElementException::new);
    StoredVersion version = first.orElseGet(() -> parent(link));
    first = Optional.empty();
    next = version.record().parent();
    return version;
  }

  private StoredVersion parent(VersionLink link) {
    boolean elsewhere = aheadOf.filter(last -> sameLife(last, link)).isEmpty();
    if (elsewhere) {
      ahead.clear();
    }
    if (ahead.isEmpty()) {
      readAhead(link);
    }
    aheadOf = Optional.of(link);
    String key = MetadataStore.keyOf(link);
    byte[] content =
        ahead
            .removeFirst()
            .orElseThrow(() -> MetadataStore.missing(key, "the version after it names it"));
    return MetadataStore.requireSame(link, records.decodeVersion(key, content));
  }

  private void readAhead(VersionLink link) {
    List<Long> numbers = new ArrayList<>();
    for (long number = link.number(); number >= 0 && numbers.size() < window; number--) {
      numbers.add(number);
    }
    ahead.addAll(
        together.each(
            numbers,
            number -> records.bytes(ObjectKeys.version(link.branch(), link.life(), number))));
    window = Math.min(2 * window, MOST_AHEAD);
  }

  private static boolean sameLife(VersionLink one, VersionLink other) {
    return one.branch().equals(other.branch()) && one.life() == other.life();
  }
}
