package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.FragmentEntry;
import io.penstock.format.Page;
import io.penstock.format.PageRef;
import io.penstock.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PageSpillTest {
  // Specification: V1-PAG-01, V1-PAG-03

  private final MemoryStore store = TestParts.memory();
  private final MetadataStore records = new MetadataStore(store);
  private final AtomicInteger ids = new AtomicInteger();

  private PageSpill spill(List<PageRef> pages, List<FragmentEntry> inline) {
    return new PageSpill(records, () -> "p" + ids.getAndIncrement(), pages, inline);
  }

  private static List<FragmentEntry> entries(int from, int to) {
    List<FragmentEntry> entries = new ArrayList<>();
    for (int i = from; i < to; i++) {
      entries.add(TestAppends.entry("f" + i, "x").placed(0, i * TestAppends.ROWS));
    }
    return entries;
  }

  private static List<Integer> levels(PageSpill spill) {
    return spill.pages().stream().map(PageRef::level).toList();
  }

  @Test
  void sixtyFourEntriesStayInTheRecord() {
    PageSpill spill = spill(List.of(), List.of());
    spill.append(entries(0, 64));
    assertThat(spill.inline()).hasSize(64);
    assertThat(spill.made()).isEmpty();
    spill.append(entries(64, 65));
    assertThat(spill.inline()).hasSize(1);
    assertThat(spill.pages()).singleElement().extracting(PageRef::fragments).isEqualTo(64L);
  }

  @Test
  void sixtyFourPagesOfALevelBecomeOneOfTheNext() {
    PageSpill spill = spill(List.of(), List.of());
    int fragments = 64 * 64 + 64 * 3 + 5;
    spill.append(entries(0, fragments));
    assertThat(levels(spill)).containsExactly(1, 0, 0, 0);
    assertThat(spill.inline()).hasSize(5);
    assertThat(spill.pages().getFirst().fragments()).isEqualTo(4096);
    assertThat(spill.pages().getFirst().rows()).isEqualTo(4096 * TestAppends.ROWS);
    assertThat(spill.made()).hasSize(64 + 1 + 3);
  }

  @Test
  void entriesOfMoreThan32KibAreSpilledEarlier() {
    List<FragmentEntry> large = new ArrayList<>();
    String tensor = "t".repeat(120);
    for (int i = 0; i < 60; i++) {
      FragmentEntry small = TestAppends.entry("f" + i, tensor);
      large.add(
          new FragmentEntry(
              small.id(),
              0,
              small.rows(),
              i * TestAppends.ROWS,
              small.bytes(),
              small.digest(),
              small.metadataDigest(),
              java.util.Collections.nCopies(4, small.extents().getFirst()),
              small.shuffle()));
    }
    PageSpill spill = spill(List.of(), List.of());
    for (FragmentEntry entry : large) {
      spill.append(List.of(entry));
    }
    int inline = records.encode("p", new Page.OfFragments(spill.inline())).length;
    assertThat(inline).isLessThan(Page.MAX_INLINE_BYTES + 1024);
    assertThat(spill.pages()).isNotEmpty().allSatisfy(page -> assertThat(page.level()).isZero());
  }

  @Test
  void shrinkingEmptiesTheRecordAndThenJoinsPages() {
    PageSpill spill = spill(List.of(), List.of());
    spill.append(entries(0, 64 * 10 + 7));
    assertThat(spill.shrink()).isTrue();
    assertThat(spill.inline()).isEmpty();
    assertThat(spill.pages()).hasSize(11);
    assertThat(spill.shrink()).isTrue();
    assertThat(levels(spill)).containsExactly(1);
    assertThat(spill.shrink()).as("nothing is left to be moved").isFalse();
    assertThat(spill.pages().getFirst().fragments()).isEqualTo(647);
  }
}
