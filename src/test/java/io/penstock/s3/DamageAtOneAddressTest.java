package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.OneChunk;
import io.penstock.load.Batch;
import io.penstock.load.Loader;
import io.penstock.store.ByteRange;
import io.penstock.store.ForwardingStore;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import io.penstock.store.RangeRequest;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Of a service's addresses one damages what it serves: what is read is right, for the price of one
/// more request, to another address.
@ParameterizedClass(name = "{0}")
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "only Linux listens on every address of 127.0.0.0/8")
@EnumSource(names = {"NIO", "NETTY_EPOLL"})
class DamageAtOneAddressTest {
  @Parameter Carrier carrier;

  private final List<InetSocketAddress> asked = Collections.synchronizedList(new ArrayList<>());
  private S3TestServer server;
  private OneChunk chunk;

  /// A store over S3 whose ranged reads know both addresses.
  private static final class AtAllAddresses extends ForwardingStore {
    private final TransportReads reads;

    AtAllAddresses(S3Options options, GetTransport transport) {
      super(new S3Store(options, S3Parts.real()));
      this.reads = new TransportReads(new S3Bucket(options, S3Parts.real()), transport);
    }

    @Override
    public CompletableFuture<ObjectInfo> read(RangeRequest request, Landing landing) {
      return reads.read(request, landing);
    }

    @Override
    public void distrust(String key, ByteRange range) {
      reads.distrust(key, range);
    }

    @Override
    public void close() {
      reads.close();
      super.close();
    }
  }

  @BeforeEach
  void writeOneChunk() {
    server = S3TestServer.start(2, InstantSource.system());
    server.createBucket("bucket");
    chunk = new OneChunk(store());
    server
        .addresses()
        .forEach(each -> server.script(each, (operation, key) -> at(each, operation, key)));
  }

  private AtAllAddresses store() {
    S3Options options =
        S3Options.of("bucket", "")
            .withEndpoint(server.endpoint())
            .withCredentials(S3StoreTest.credentials());
    InetAddress[] addresses =
        server.addresses().stream().map(InetSocketAddress::getAddress).toArray(InetAddress[]::new);
    return new AtAllAddresses(
        options,
        carrier.open(
            TransportParts.of(
                server.endpoint(), "bucket", InstantSource.system(), _ -> addresses.clone()),
            Optional.empty()));
  }

  /// Whichever address is asked for the chunk first damages all that is read of it there.
  private WireFault at(InetSocketAddress address, S3Operation operation, String key) {
    if (operation != S3Operation.GET || !key.contains("/c/")) {
      return new WireFault.None();
    }
    asked.add(address);
    return address.equals(asked.getFirst())
        ? new WireFault.FlippedBit(1_000)
        : new WireFault.None();
  }

  @AfterEach
  void close() {
    chunk.close();
    server.close();
  }

  private InetSocketAddress otherThan(InetSocketAddress address) {
    List<InetSocketAddress> others = new ArrayList<>(server.addresses());
    others.remove(address);
    return others.getFirst();
  }

  private void assertOneMoreRequestWentElsewhere() {
    assertThat(asked).hasSize(2);
    assertThat(asked.getLast()).isEqualTo(otherThan(asked.getFirst()));
  }

  @Test
  void tensorIsRight_afterOneMoreRequestToTheOtherAddress() {
    assertThat(chunk.readTensor()).isEqualTo(chunk.pixels());
    assertOneMoreRequestWentElsewhere();
  }

  @Test
  void batchIsRight_afterOneMoreRequestToTheOtherAddress() {
    try (Loader loader = chunk.loader();
        Batch batch = loader.iterator().next()) {
      assertThat(batch.tensor("pixels").segment().toArray(ValueLayout.JAVA_BYTE))
          .startsWith(chunk.pixels());
      assertThat(loader.stats().fetching().retries()).isEqualTo(1);
    }
    assertOneMoreRequestWentElsewhere();
  }
}
