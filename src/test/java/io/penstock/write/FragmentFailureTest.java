package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.Fault;
import io.penstock.testing.Faults;
import io.penstock.testing.SimulatedCrash;
import io.penstock.testing.SimulatedStore;
import io.penstock.testing.SimulatedWorld;
import io.penstock.write.FragmentWriter.Column;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What a writer does when the store fails, the caller gives up, or the arguments are wrong.
class FragmentFailureTest {
  private static final long SEED = 5;
  private static final long MIB = 1L << 20;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              TensorSpec.of("image", DataType.UINT8, Shape.of(1 << 16)),
              TensorSpec.of("ok", DataType.BOOL, Shape.SCALAR),
              TensorSpec.of("text", DataType.INT16, Shape.of(Shape.RAGGED, 2))));

  /// Shards of 16 MiB, which go out as uploads.
  private static final WriteOptions OPTIONS =
      new WriteOptions(OptionalLong.empty(), MIB, 16 * MIB, "none", Optional.empty());

  private static TestSamples samples(int count) {
    return TestSamples.random(SCHEMA, count, SEED, (random, _) -> random.nextInt(100));
  }

  @Test
  void theFirstFailureIsThrownAndNothingIsLeft_whicheverChangeItIs() {
    TestSamples samples = samples(700);
    int changes = changesOf(samples);
    assertThat(changes).isGreaterThan(15);
    int failed = 0;
    for (int change = 0; change < changes; change++) {
      failed += failAt(change, samples) ? 1 : 0;
    }
    assertThat(failed).isGreaterThan(15);
  }

  private static int changesOf(TestSamples samples) {
    try (StubbornStore store = StubbornStore.failingAt(-1);
        WriterRig rig = new WriterRig(48 * MIB, 2)) {
      rig.write(store, samples, OPTIONS, 50);
      assertThat(store.openUploads()).isZero();
      return store.changes();
    }
  }

  /// Whether the change was reached: how large a part is depends on the memory that is free when it
  /// begins, so some runs need fewer changes than others.
  private static boolean failAt(int change, TestSamples samples) {
    try (StubbornStore store = StubbornStore.failingAt(change);
        WriterRig rig = new WriterRig(48 * MIB, 2)) {
      try (FragmentWriter writer = rig.writer(store, SCHEMA, OPTIONS)) {
        Throwable thrown =
            catchThrowable(() -> {
              samples.appendTo(writer, 50);
              writer.finish();
            });
        if (store.changes() <= change) {
          assertThat(thrown).isNull();
          return false;
        }
        assertThat(thrown).as("failure at change " + change).isSameAs(store.failure);
        assertThatThrownBy(writer::finish).isSameAs(store.failure);
        assertThatThrownBy(() -> writer.append(1, samples.columns(0, 1))).isSameAs(store.failure);
      }
      assertThat(store.openUploads()).isZero();
      assertThat(rig.pool().usedBytes()).isZero();
      return true;
    }
  }

  @Test
  void onlyOrphansAreLeft_whenAWriterIsClosedInTheMiddle() {
    try (StubbornStore store = StubbornStore.failingAt(-1);
        WriterRig rig = new WriterRig(48 * MIB, 2)) {
      FragmentWriter writer = rig.writer(store, SCHEMA, OPTIONS);
      samples(700).appendTo(writer, 50);
      writer.close();
      writer.close();
      assertThat(rig.pool().usedBytes()).isZero();
      assertThat(store.openUploads()).isZero();
      assertThat(store.list("", "", 1000).objects())
          .allSatisfy(object -> assertThat(object.key()).contains("/c/"));
      assertThatThrownBy(writer::finish)
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }
  }

  @Test
  void anInterruptEndsTheWait_whenTheBudgetIsFullOfPartsThatNeverArrive() throws Exception {
    TestSamples samples = samples(200);
    try (StubbornStore store = StubbornStore.hanging();
        WriterRig rig = new WriterRig(48 * MIB, 2)) {
      FragmentWriter writer = rig.writer(store, SCHEMA, OPTIONS);
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread appending =
          Thread.ofPlatform()
              .start(() -> {
                thrown.set(
                    catchThrowable(() -> {
                      while (true) {
                        samples.appendTo(writer, 50);
                      }
                    }));
                interrupted.complete(Thread.currentThread().isInterrupted());
              });
      store.awaitFirstPart();
      appending.interrupt();
      assertThat(interrupted.join()).as("the flag is restored").isTrue();
      assertThat(thrown.get())
          .isInstanceOfSatisfying(
              PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERRUPTED));
      appending.join();
      writer.close();
      assertThat(store.openUploads()).isZero();
    }
  }

  @Test
  void aCrashIsNoFailureThatIsHandled_whicheverRequestItHits() {
    TestSamples samples = samples(60);
    for (int request = 0; request < 12; request++) {
      SimulatedWorld world = new SimulatedWorld(SEED);
      SimulatedStore dying =
          world.process("dying", Faults.crashAt(request, Fault.CRASH_APPLIED_LATE));
      try (WriterRig rig = new WriterRig(48 * MIB, 2);
          FragmentWriter writer = rig.writer(dying, SCHEMA, OPTIONS)) {
        Throwable thrown =
            catchThrowable(() -> {
              samples.appendTo(writer, 50);
              writer.finish();
            });
        assertThat(thrown).isInstanceOf(SimulatedCrash.class);
      }
    }
  }

  @Test
  void theFragmentIsWhole_whenTheStoreRepeatsItsRequests() {
    TestSamples samples = samples(300);
    SimulatedWorld world = new SimulatedWorld(SEED);
    world.check(() -> {
      for (int run = 0; run < 20; run++) {
        Store store = world.process("writer" + run, Faults.none());
        try (WriterRig rig = new WriterRig(48 * MIB, 2);
            FragmentWriter writer = rig.writer(store, "fragment" + run, SCHEMA, OPTIONS)) {
          samples.appendTo(writer, 60);
          FragmentWriter.Written written = writer.finish();
          world.settle();
          new StoredFragment(world.objects(), SCHEMA, written).checkEntry();
        }
      }
    });
  }

  @Test
  void refusesAndGoesOn_whenAColumnDoesNotFit() {
    Schema schema =
        new Schema(
            List.of(
                TensorSpec.of("flag", DataType.BOOL, Shape.of(20)),
                TensorSpec.of("text", DataType.INT16, Shape.of(Shape.RAGGED, 2))));
    Column flags = new Column.Fixed(MemorySegment.ofArray(new byte[20]));
    Column text = ragged(new byte[12], 3, 2);
    byte[] two = new byte[20];
    two[13] = 2;
    try (MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
        WriterRig rig = new WriterRig(64 * MIB, 1);
        FragmentWriter writer = rig.writer(store, schema, WriteOptions.DEFAULT)) {
      refused(writer, List.of(flags), "1 columns");
      refused(writer, List.of(new Column.Fixed(MemorySegment.ofArray(two)), text), "element 13");
      refused(writer, List.of(new Column.Fixed(MemorySegment.ofArray(new byte[19])), text), "19");
      refused(writer, List.of(text, text), "flag");
      refused(writer, List.of(flags, flags), "text");
      refused(writer, List.of(flags, ragged(new byte[12], 3)), "shapes");
      refused(writer, List.of(flags, ragged(new byte[12], 3, 3)), "axis 1");
      refused(writer, List.of(flags, ragged(new byte[12], -3, 2)), "length -3");
      refused(writer, List.of(flags, ragged(new byte[11], 3, 2)), "11 bytes, expected 12");
      writer.append(0, List.of(new Column.Fixed(MemorySegment.NULL), ragged(new byte[0])));
      assertThat(writer.samples()).isZero();
      writer.append(1, List.of(flags, text));
      assertThat(writer.samples()).isEqualTo(1);
      assertThat(writer.finish().entry().rows()).isEqualTo(1);
    }
  }

  private static Column ragged(byte[] elements, int... shape) {
    return new Column.Ragged(MemorySegment.ofArray(elements), MemorySegment.ofArray(shape));
  }

  private static void refused(FragmentWriter writer, List<Column> columns, String word) {
    assertThatThrownBy(() -> writer.append(1, columns))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(word);
  }

  @Test
  void refuses_whenThereIsNoSample() {
    try (MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
        WriterRig rig = new WriterRig(64 * MIB, 1);
        FragmentWriter writer = rig.writer(store, SCHEMA, OPTIONS)) {
      assertThatThrownBy(writer::finish)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("no samples");
      assertThat(store.list("", "", 10).objects()).isEmpty();
    }
  }

  @Test
  void refuses_whenTheSchemaIsEmptyOrTheCodecUnknown() {
    WriteOptions lzma = new WriteOptions(OptionalLong.empty(), MIB, MIB, "lzma", Optional.empty());
    try (MemoryStore store = new MemoryStore(() -> Instant.EPOCH);
        WriterRig rig = new WriterRig(64 * MIB, 1)) {
      assertThatThrownBy(() -> rig.writer(store, Schema.EMPTY, OPTIONS))
          .hasMessageContaining("at least one tensor");
      assertThatThrownBy(() -> rig.writer(store, SCHEMA, lzma)).hasMessageContaining("lzma");
    }
  }
}
