package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.time.Instant;

/// The store in memory keeps the contract.
class MemoryStoreTest extends StoreContractTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @Override
  protected Store openEmpty() {
    return new MemoryStore(() -> NOW);
  }

  @org.junit.jupiter.api.Test
  void objectHasTheTimeOfTheClock_whenPut() {
    store.put("k", segment("x"), PutCondition.NONE);

    assertThat(store.stat("k").orElseThrow().modified()).isEqualTo(NOW);
  }

  @org.junit.jupiter.api.Test
  void keyMayBeAnObjectAndADirectory_asOnS3() {
    store.put("c/0", segment("x"), PutCondition.NONE);
    store.put("c/0/0", MemorySegment.ofArray(new byte[1]), PutCondition.NONE);

    assertThat(keysOf("", 10)).containsExactly("c/0", "c/0/0");
  }
}
