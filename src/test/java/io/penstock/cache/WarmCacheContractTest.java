package io.penstock.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.store.Store;
import io.penstock.store.StoreContractTest;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same when each range was read before with the same slices, so that it comes from the disk.
class WarmCacheContractTest extends StoreContractTest {
  @TempDir Path directory;
  private CacheRig rig;

  @Override
  protected Store openEmpty() {
    rig = new CacheRig(directory, 256L << 20, 64 << 10);
    rig.store.reading(_ -> true, 1);
    return new ForwardingStore(rig.store) {
      @Override
      public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
        readBefore(request, landing);
        return super.read(request, landing);
      }
    };
  }

  /// Reads the range into other memory, if it can be read, and waits until it is kept.
  private void readBefore(RangeRequest request, Landing landing) {
    Optional<Long> bytes = rig.memory.stat(request.key()).map(info -> info.bytes());
    if (bytes.isEmpty() || bytes.get() < request.range().end()) {
      return;
    }
    try (Arena arena = Arena.ofShared()) {
      List<Landing.Slice> others =
          landing.slices().stream()
              .map(slice ->
                  new Landing.Slice(
                      slice.offset(),
                      arena
                          .allocate(Math.max(1, slice.target().byteSize()))
                          .asSlice(0, slice.target().byteSize())))
              .toList();
      CacheRig.await(rig.store.read(request, () -> others));
    } catch (RuntimeException | AssertionError _) {
      // The read itself will say so.
    }
    rig.settle();
  }

  @AfterEach
  void closeRig() {
    rig.close();
  }

  @Test
  void bytesComeFromTheDisk_whenTheyWereReadBefore() {
    byte[] content = rig.put("object", 100_000, 1);

    assertThat(readBytes("object", 10, 50_000)).isEqualTo(Arrays.copyOfRange(content, 10, 50_010));
    assertThat(rig.stats().bytesFromDisk()).isEqualTo(50_000);
    assertThat(rig.origin.trace())
        .containsExactly("READ object " + new ByteRange(10, 50_000).offset() + "+50000");
  }
}
