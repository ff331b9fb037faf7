package io.penstock.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import io.penstock.format.ObjectKeys;
import io.penstock.format.VersionContent;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Store;
import io.penstock.testing.CountingStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Several stores as one to read from.
class RoutedStoreTest {
  private static final long SEED = 20261121;

  private final MemoryStore first = new MemoryStore(InstantSource.fixed(Instant.EPOCH));
  private final MemoryStore second = new MemoryStore(InstantSource.fixed(Instant.EPOCH));

  @Test
  void anObjectIsLookedForWhereItsFragmentLies() {
    VersionContent one = HandBuilt.mixed(first, new Random(SEED), 2).content();
    CountingStore countedFirst = new CountingStore(first);
    CountingStore countedSecond = new CountingStore(second);
    Store routed =
        new RoutedStore(
            List.of(countedFirst, countedSecond),
            List.of(one, new VersionContent(one.schema(), List.of(), List.of())));
    List<String> keys = keys();
    assertThat(keys).hasSizeGreaterThan(5);
    assertThat(keys).allMatch(key -> routed.stat(key).isPresent());
    String catalog = ObjectKeys.catalog(one.fragments().getFirst().id(), "label");
    assertThat(routed.get(catalog, 1 << 20)).isEqualTo(first.get(catalog, 1 << 20));
    assertThat(countedFirst.requests()).isEqualTo(keys.size() + 1);
    assertThat(countedSecond.requests()).isZero();
    assertThat(routed.counts()).isEqualTo(first.counts());
  }

  @Test
  void whatBelongsToNoFragmentIsNotThere_andNothingIsWritten() {
    VersionContent one = HandBuilt.mixed(first, new Random(SEED), 2).content();
    Store routed = new RoutedStore(List.of(first), List.of(one));
    String almost = one.fragments().getFirst().id() + "0/label/c/0";
    assertThatThrownBy(() -> routed.stat(almost)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> routed.delete(almost)).isInstanceOf(RefusedException.class);
    routed.close();
    assertThat(routed.stat(keys().getFirst())).as("closing it closes no store").isPresent();
  }

  /// What lies in the first store.
  private List<String> keys() {
    return first.list("", "", 1000).objects().stream().map(ObjectInfo::key).toList();
  }
}
