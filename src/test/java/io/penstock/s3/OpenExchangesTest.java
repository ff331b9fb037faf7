package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Closing waits for nobody who has not even begun.
class OpenExchangesTest {
  private final List<Runnable> elsewhere = new ArrayList<>();
  private final OpenExchanges exchanges = new OpenExchanges(elsewhere::add, Runnable::run);

  /// An exchange that never gets a connection.
  private final class Starting extends TrackedExchange {
    Starting(RecordingSink sink) {
      super(
          new GetRequest("key", new ByteRange(0, 1), Optional.empty(), Optional.empty()),
          sink,
          exchanges,
          URI.create("s3://bucket/"));
    }

    @Override
    void stop() {
      throw new AssertionError("it has no connection");
    }

    @Override
    void shutAnswering() {
      throw new AssertionError("it has no connection");
    }

    @Override
    void breakOff() {}
  }

  @Test
  @Timeout(20)
  void closeTellsTheEndsOfCancelledExchanges_whenNoThreadHasComeToThat() {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sinks.add(new RecordingSink(List.of()));
      Starting exchange = new Starting(sinks.getLast());
      assertThat(exchanges.start(exchange, () -> {})).isTrue();
      exchange.cancel();
    }
    assertThat(sinks).noneMatch(RecordingSink::hasEnded);
    elsewhere.removeFirst().run();
    assertThat(sinks).filteredOn(RecordingSink::hasEnded).hasSize(1);

    assertThat(exchanges.close()).isTrue();

    assertThat(sinks).allMatch(sink -> new GetEnd.Cancelled().equals(sink.end()));
    elsewhere.forEach(Runnable::run); // late, and with nothing left to do
    assertThat(sinks).allMatch(RecordingSink::hasEnded);
  }
}
