package io.penstock.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodecContextTest {
  @Test
  void growsToTheLargestNeed_andStaysThere() {
    try (CodecContext context = new CodecContext()) {
      assertThat(context.scratch(0, 10).byteSize()).isEqualTo(10);
      assertThat(context.scratch(0, 1000).byteSize()).isEqualTo(1000);
      assertThat(context.scratch(0, 20).byteSize()).isEqualTo(20);
      assertThat(context.scratch(1, 5).byteSize()).isEqualTo(5);

      assertThat(context.scratchBytes()).isEqualTo(1005);
    }
  }

  @Test
  void freesItsScratch_whenItIsClosed() {
    CodecContext context = new CodecContext();
    MemorySegment scratch = context.scratch(0, 10);
    context.close();
    context.close();

    assertThat(scratch.scope().isAlive()).isFalse();
    assertThat(context.scratchBytes()).isZero();
    assertThatThrownBy(() -> context.scratch(0, 10)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void keepsOneResidentOfAKind_andClosesIt() {
    List<String> closed = new ArrayList<>();
    CodecContext context = new CodecContext();
    Resident first = context.resident(Resident.class, () -> new Resident(closed, "first"));

    assertThat(context.resident(Resident.class, () -> new Resident(closed, "second")))
        .isSameAs(first);
    context.close();
    assertThat(closed).containsExactly("first");
    assertThatThrownBy(() -> context.resident(Resident.class, () -> first))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closesEverything_whenOneResidentFailsToClose() {
    CodecContext context = new CodecContext();
    MemorySegment scratch = context.scratch(1, 10);
    context.resident(
        AutoCloseable.class,
        () ->
            () -> {
              throw new java.io.IOException("stuck");
            });

    assertThatThrownBy(context::close).hasRootCauseMessage("stuck");
    assertThat(scratch.scope().isAlive()).isFalse();
  }

  @Test
  void passesFromThreadToThread_whenOneUsesItAtATime() throws InterruptedException {
    CodecContext context = new CodecContext();
    Thread other = Thread.ofPlatform().start(() -> context.scratch(0, 10));
    other.join();

    assertThat(context.scratch(0, 1000).byteSize()).isEqualTo(1000);
    context.close();
  }

  private record Resident(List<String> closed, String name) implements AutoCloseable {
    @Override
    public void close() {
      closed.add(name);
    }
  }
}
