package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.RefusedException;
import io.penstock.store.Landing;
import io.penstock.store.PendingTransfer;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.RangeRequest;
import io.penstock.store.Upload;
import io.penstock.testing.s3.S3Operation;
import io.penstock.testing.s3.S3Parts;
import io.penstock.testing.s3.S3Script;
import io.penstock.testing.s3.S3TestServer;
import io.penstock.testing.s3.WireFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/// As whom requests are made when that changes on the way, and who pays for them.
@ParameterizedClass(name = "{0}")
@MethodSource("io.penstock.s3.Transports#all")
class S3CredentialsTest {
  private static final WireFault EXPIRED = new WireFault.Refused(400, "ExpiredToken");

  @Parameter S3Options.Transport transport;

  private final Arena arena = Arena.ofShared();
  private final byte[] content = new byte[100_000];
  private final AtomicInteger asked = new AtomicInteger();
  private S3TestServer server;

  @BeforeEach
  void open() {
    new Random(1).nextBytes(content);
    server = S3TestServer.start();
    server.createBucket("bucket");
    server.put("bucket", "object", content);
  }

  @AfterEach
  void close() {
    server.close();
    arena.close();
  }

  private S3Options options() {
    // Another session each time: the provider has refreshed it meanwhile.
    return options(() -> session("token-" + asked.incrementAndGet()));
  }

  private S3Options options(AwsCredentialsProvider provider) {
    return S3Options.of("bucket", "")
        .withEndpoint(server.endpoint())
        .withCredentials(new S3Options.Credentials.Provided(provider))
        .withTransport(transport);
  }

  private static AwsCredentials session(String token) {
    return AwsSessionCredentials.create(S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY, token);
  }

  private void read(S3Store store) {
    MemorySegment target = arena.allocate(content.length);
    RangeRequest request = RangeRequest.of("object", 0, content.length);
    PendingTransfer.await(store.read(request, Landing.into(target)), "read");
    assertThat(target.mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
  }

  private static MemorySegment memory(String text) {
    return MemorySegment.ofArray(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void requestIsSentOnceMoreWithNewCredentials_whenThoseOfBeforeHaveExpired() {
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      server.script(S3Script.first(S3Operation.GET, EXPIRED));
      read(store);
      assertThat(server.requests(S3Operation.GET)).isEqualTo(2);
      assertThat(asked).hasValue(2);

      server.script(S3Script.first(S3Operation.GET, EXPIRED));
      assertThat(store.get("object", content.length)).isPresent();
      assertThat(server.requests(S3Operation.GET)).isEqualTo(4);

      server.script(S3Script.first(S3Operation.PUT, EXPIRED));
      assertThat(store.put("new", memory("new"), PutCondition.CREATE_ONLY))
          .isInstanceOf(PutResult.Stored.class);
      assertThat(server.requests(S3Operation.PUT)).isEqualTo(2);

      server.script(S3Script.first(S3Operation.LIST, EXPIRED));
      assertThat(store.list("", "", 10).objects()).hasSize(2);
      assertThat(server.requests(S3Operation.LIST)).isEqualTo(2);
      assertThat(store.counts().repeated()).isEqualTo(4);
    }
  }

  @Test
  void requestFailsAndNamesTheProvider_whenNewCredentialsHaveExpiredToo() {
    server.script(S3Script.always(S3Operation.GET, EXPIRED));
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      assertThatThrownBy(() -> read(store))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("ExpiredToken")
          .hasMessageContaining("with credentials from")
          .hasMessageNotContaining("token-");
      assertThat(server.requests(S3Operation.GET)).isEqualTo(2);

      assertThatThrownBy(() -> store.get("object", content.length))
          .isInstanceOf(RefusedException.class);
      assertThat(server.requests(S3Operation.GET)).isEqualTo(4);
    }
  }

  @Test
  void statIsSentOnceMoreWithNewCredentials_whenARefusalDoesNotSayWhy() {
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      for (int status : new int[] {400, 403}) {
        int requests = server.requests(S3Operation.HEAD);
        int before = asked.get();
        server.script(
            S3Script.first(S3Operation.HEAD, new WireFault.Refused(status, "ExpiredToken")));

        assertThat(store.stat("object").orElseThrow().bytes()).isEqualTo(content.length);

        assertThat(server.requests(S3Operation.HEAD) - requests).as("%d", status).isEqualTo(2);
        assertThat(asked.get() - before).as("credentials asked for, %d", status).isEqualTo(2);
      }
      assertThat(store.counts().repeated()).isEqualTo(2);
    }
  }

  @Test
  void statFailsAfterOneMoreRequest_whenNewCredentialsAreRefusedToo() {
    server.script(S3Script.always(S3Operation.HEAD, new WireFault.Refused(403, "ExpiredToken")));
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      assertThatThrownBy(() -> store.stat("object"))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("403")
          .hasMessageContaining("with credentials from")
          .hasMessageNotContaining("token-");
      assertThat(server.requests(S3Operation.HEAD)).isEqualTo(2);
    }
  }

  @Test
  void statIsSentOnce_whenItIsRefusedAndTheProviderHasNoOtherCredentials() {
    server.script(S3Script.always(S3Operation.HEAD, new WireFault.Refused(403, "AccessDenied")));
    List<AwsCredentialsProvider> providers =
        List.of(
            () -> AwsBasicCredentials.create(S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY),
            () -> session("token"));
    for (AwsCredentialsProvider provider : providers) {
      int before = server.requests(S3Operation.HEAD);
      try (S3Store store = new S3Store(options(provider), S3Parts.real())) {
        assertThatThrownBy(() -> store.stat("object"))
            .isInstanceOf(RefusedException.class)
            .hasMessageContaining("403");
        assertThat(store.counts().repeated()).isZero();
      }
      assertThat(server.requests(S3Operation.HEAD) - before).isEqualTo(1);
    }
  }

  @Test
  void statIsSentOnce_whenItIsRefusedToNobodyInParticular() {
    server.allowAnonymous(true);
    server.script(S3Script.always(S3Operation.HEAD, new WireFault.Refused(403, "AccessDenied")));
    S3Options anonymous = options().withCredentials(new S3Options.Credentials.Anonymous());
    try (S3Store store = new S3Store(anonymous, S3Parts.real())) {
      assertThatThrownBy(() -> store.stat("object")).isInstanceOf(RefusedException.class);
      assertThat(server.requests(S3Operation.HEAD)).isEqualTo(1);

      server.script(S3Script.calm());
      assertThat(store.stat("object")).isPresent();
    }
  }

  @Test
  void statIsSentOnce_whenTheObjectIsNotThere() {
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      assertThat(store.stat("no object")).isEmpty();
      assertThat(server.requests(S3Operation.HEAD)).isEqualTo(1);
    }
  }

  @Test
  void everyRequestSaysThatItsSenderPays_whenAsked() {
    server.wantPayer(true);
    try (S3Store store = new S3Store(options().withRequesterPays(true), S3Parts.real())) {
      read(store);
      assertThat(store.stat("object")).isPresent();
      assertThat(store.get("object", content.length)).isPresent();
      assertThat(store.list("", "", 10).objects()).hasSize(1);
      store.put("new", memory("new"), PutCondition.CREATE_ONLY);
      try (Upload upload = store.upload("large")) {
        upload.append(arena.allocate(Upload.MIN_PART_BYTES)).join();
        upload.complete();
      }
      store.delete("new");
    }
    try (S3Store store = new S3Store(options(), S3Parts.real())) {
      assertThatThrownBy(() -> read(store)).hasMessageContaining("AccessDenied");
    }
  }
}
