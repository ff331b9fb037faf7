package io.penstock.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the figures of a loader say is in the way.
class LoaderStatsTest {
  private static LoaderStats.Waits waits(long network, long decode, long memory) {
    return new LoaderStats.Waits(
        Duration.ofSeconds(network), Duration.ofSeconds(decode), Duration.ofSeconds(memory));
  }

  private static LoaderStats stats(
      LoaderStats.Waits waits, long throttled, long decoding, long transforming) {
    return new LoaderStats(
        Duration.ofSeconds(100),
        waits,
        500,
        128_000,
        1L << 30,
        new LoaderStats.Fetching(
            1000,
            1,
            2,
            throttled,
            1L << 29,
            1L << 28,
            1L << 20,
            Duration.ofMillis(35),
            Duration.ofMillis(250),
            12,
            new LoaderStats.Sending(3, 5, 4, 2, 48)),
        new LoaderStats.Decoding(
            8, 4000, 1L << 30, Duration.ofSeconds(decoding), Duration.ofSeconds(transforming)),
        new LoaderStats.Occupancy(60 << 20, 64 << 20, 3, 9, 12, 5),
        List.of());
  }

  private static Bottleneck.Kind kind(LoaderStats stats) {
    return stats.bottleneck().kind();
  }

  @Test
  void itIsTheConsumer_whenItHardlyWaits() {
    Bottleneck found = stats(waits(2, 2, 0), 0, 50, 0).bottleneck();

    assertThat(found.kind()).isEqualTo(Bottleneck.Kind.CONSUMER);
    assertThat(found.evidence())
        .isEqualTo(
            "the consumer waited 4 % of the time, and took 192.0 ms for each batch; 3 are ready");
  }

  @Test
  void itIsTheNetwork_whenTheConsumerWaitsForTheStore() {
    Bottleneck found = stats(waits(60, 15, 5), 10, 50, 0).bottleneck();

    assertThat(found.kind()).isEqualTo(Bottleneck.Kind.NETWORK);
    assertThat(found.evidence())
        .isEqualTo(
            "the consumer waited 80 % of the time, 75 % of that for the store: 1000 requests, half"
                + " of them within 35.0 ms, 99 of 100 within 250.0 ms, at most 12 at once");
  }

  @Test
  void itIsThrottling_whenTheStoreOftenAskedForLess() {
    Bottleneck found = stats(waits(60, 15, 5), 11, 50, 0).bottleneck();

    assertThat(found.kind()).isEqualTo(Bottleneck.Kind.THROTTLED);
    assertThat(found.evidence()).endsWith("; it asked for fewer 11 times");
  }

  @Test
  void itIsDecodingOrTransforms_whenCodecThreadsAreBusy() {
    assertThat(kind(stats(waits(10, 70, 5), 0, 300, 200))).isEqualTo(Bottleneck.Kind.DECODE);
    assertThat(kind(stats(waits(10, 70, 5), 0, 200, 300))).isEqualTo(Bottleneck.Kind.TRANSFORM);
    assertThat(stats(waits(10, 70, 5), 0, 300, 200).bottleneck().evidence())
        .contains("8 of them spent 300.0 s on decoding and 200.0 s on transforms");
  }

  @Test
  void itIsMemory_whenThereWasNoRoomForRequests() {
    Bottleneck found = stats(waits(10, 5, 70), 0, 300, 0).bottleneck();

    assertThat(found.kind()).isEqualTo(Bottleneck.Kind.MEMORY);
    assertThat(found.evidence())
        .contains("at most 12 were on their way at once within a budget of 67108864 bytes");
  }

  @Test
  void onlyWhatHasHappenedSinceCounts_whenTwoMomentsAreCompared() {
    LoaderStats earlier = stats(waits(60, 0, 0), 0, 20, 10);
    LoaderStats later = stats(waits(60, 30, 0), 7, 50, 15);

    LoaderStats between = later.since(earlier);

    assertThat(between.waits()).isEqualTo(waits(0, 30, 0));
    assertThat(between.elapsed()).isZero();
    assertThat(between.batches()).isZero();
    assertThat(between.fetching().throttled()).isEqualTo(7);
    assertThat(between.decoding().decoding()).isEqualTo(Duration.ofSeconds(30));
    assertThat(between.fetching().p99()).isEqualTo(Duration.ofMillis(250));
    assertThat(between.stallShare()).isZero();
  }
}
