package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.store.ByteRange;
import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.MemoryStore;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A chunk that was damaged on its way is read once more; one that is damaged again fails with the
/// words of the damage.
class DamageOnTheWayTest {
  private final Flipping store = new Flipping(new MemoryStore(InstantSource.fixed(Instant.EPOCH)));
  private final OneChunk chunk = new OneChunk(store);

  /// Flips a bit of what some reads of chunks bring.
  private static final class Flipping extends ForwardingStore {
    private final AtomicInteger flips = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger distrusted = new AtomicInteger();

    Flipping(MemoryStore origin) {
      super(origin);
    }

    @Override
    public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
      if (!request.key().contains("/c/")) {
        return super.read(request, landing);
      }
      reads.incrementAndGet();
      boolean flip = flips.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
      List<Landing.Slice> lent = new ArrayList<>();
      return super.read(
              request,
              () -> {
                lent.addAll(landing.slices());
                return lent;
              })
          .thenApply(info -> {
            if (flip) {
              MemorySegment first = lent.getFirst().target();
              long at = first.byteSize() / 2;
              byte right = first.get(ValueLayout.JAVA_BYTE, at);
              first.set(ValueLayout.JAVA_BYTE, at, (byte) (right ^ 1));
            }
            return info;
          });
    }

    @Override
    public void distrust(String key, ByteRange range) {
      distrusted.incrementAndGet();
      super.distrust(key, range);
    }
  }

  @AfterEach
  void close() {
    chunk.close();
  }

  @Test
  void tensorIsRight_whenABitFlipsOnce() {
    store.flips.set(1);

    assertThat(chunk.readTensor()).isEqualTo(chunk.pixels());
    assertThat(store.reads).hasValue(2);
    assertThat(store.distrusted).hasValue(1);
  }

  @Test
  void batchIsRightAndTheRetryIsCounted_whenABitFlipsOnce() {
    store.flips.set(1);

    try (Loader loader = chunk.loader();
        Batch batch = loader.iterator().next()) {
      assertThat(batch.tensor("pixels").segment().toArray(ValueLayout.JAVA_BYTE))
          .startsWith(chunk.pixels());
      assertThat(loader.stats().fetching().retries()).isEqualTo(1);
    }
    assertThat(store.reads).hasValue(2);
  }

  @Test
  void readFailsAsDamaged_afterOneMoreRequest_whenBitsFlipAlways() {
    store.flips.set(Integer.MAX_VALUE);

    assertThatThrownBy(chunk::readTensor)
        .isInstanceOfSatisfying(
            CorruptDataException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPT);
              assertThat(e.object()).contains("/c/");
            });
    assertThat(store.reads).hasValue(2);

    try (Loader loader = chunk.loader()) {
      assertThatThrownBy(() -> loader.iterator().next()).isInstanceOf(CorruptDataException.class);
    }
    assertThat(store.reads).hasValue(4);
  }
}
