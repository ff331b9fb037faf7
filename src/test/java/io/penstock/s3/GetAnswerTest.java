package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;

/// What is made of the bytes of an answer, however they are cut, whatever they are.
class GetAnswerTest {
  private static final String BODY = "0123456789";
  private static final String WHOLE =
      String.join(
          "\r\n",
          "HTTP/1.1 206 Partial Content",
          "ETag: \"tag\"",
          "Content-Range: bytes 100-109/1000",
          "Content-Length: 10",
          "",
          "");
  private static final Instant NOON = Instant.parse("2026-02-28T12:00:00Z");
  private static final int[] STEPS = {1, 2, 3, 7, 100_000};

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment scratch = arena.allocate(GetAnswer.SCRATCH_BYTES);
  private final MemorySegment target = arena.allocate(10);
  private GetAnswer answer;

  @AfterEach
  void close() {
    arena.close();
  }

  private RecordingSink receive(String wire, int step) {
    RecordingSink sink = begin(List.of(new Landing.Slice(0, target)));
    feed(wire, step);
    if (!answer.done()) {
      answer.closed();
    }
    answer.tell();
    return sink;
  }

  private RecordingSink begin(List<Landing.Slice> slices) {
    target.fill((byte) '.');
    RecordingSink sink = new RecordingSink(slices);
    answer =
        new GetAnswer(
            new GetRequest("key", new ByteRange(100, 10), Optional.empty(), Optional.empty()),
            sink,
            new RequestSigner(
                AnonymousCredentialsProvider.create(), InstantSource.fixed(NOON), "r", "s3"),
            new GetAnswer.Connection(new InetSocketAddress(80), false, scratch, new HttpDates()));
    return sink;
  }

  /// Receives up to so many bytes at a time, until the answer is done.
  private void feed(String wire, int step) {
    MemorySegment bytes = MemorySegment.ofArray(wire.getBytes(StandardCharsets.ISO_8859_1));
    long at = 0;
    while (!answer.done() && at < bytes.byteSize()) {
      MemorySegment to = answer.target();
      assertThat(to.byteSize()).isPositive();
      long count = Math.min(Math.min(step, to.byteSize()), bytes.byteSize() - at);
      MemorySegment.copy(bytes, at, to, 0, count);
      answer.received(Math.toIntExact(count));
      at += count;
    }
  }

  private String landed() {
    return new String(target.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }

  @Test
  void partIsLanded_howeverItIsCut() {
    for (int step : STEPS) {
      RecordingSink sink = receive(WHOLE + BODY, step);

      assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
      assertThat(landed()).isEqualTo(BODY);
      assertThat(sink.progress()).isEqualTo(10);
      assertThat(sink.info().bytes()).isEqualTo(1_000);
      assertThat(answer.reusable()).isTrue();
    }
  }

  @Test
  void connectionIsNotUsedAgain_whenItsStateIsNotCertain() {
    for (String wire :
        List.of(
            WHOLE.replace("ETag", "Connection: close\r\nETag") + BODY,
            WHOLE.replace("HTTP/1.1", "HTTP/1.0") + BODY,
            WHOLE.replace("Content-Length: 10\r\n", "") + BODY,
            WHOLE + BODY + "more")) {
      assertThat(receive(wire, 100_000).end()).as(wire).isEqualTo(new GetEnd.Whole());
      assertThat(landed()).isEqualTo(BODY);
      assertThat(answer.reusable()).as(wire).isFalse();
    }
  }

  @Test
  void nothingIsTaken_whenTheAnswerIsNotTheOneToTheRequest() {
    for (String wire :
        List.of(
            "",
            "\0\0\0\0",
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 206",
            "HTTP/1.1 2x6 -\r\n\r\n",
            "HTTP/2 206 -\r\n\r\n" + BODY,
            WHOLE.substring(0, 60),
            WHOLE.replace("206", "200") + BODY,
            WHOLE.replace("ETag: \"tag\"\r\n", "") + BODY,
            WHOLE.replace("Content-Range: bytes 100-109/1000\r\n", "") + BODY,
            WHOLE.replace("100-109", "101-110") + BODY,
            WHOLE.replace("100-109", "100-110") + BODY,
            WHOLE.replace("/1000", "/*") + BODY,
            WHOLE.replace("/1000", "/99999999999999999999") + BODY,
            WHOLE.replace("bytes 100", "lines 100") + BODY,
            WHOLE.replace("Length: 10", "Length: 11") + BODY,
            WHOLE.replace("Length: 10", "Length: -10") + BODY,
            WHOLE.replace("Length: 10", "Length: 10\r\nContent-Length: 12") + BODY,
            WHOLE.replace("Content-Length: 10", "Transfer-Encoding: chunked") + "a\r\n" + BODY,
            WHOLE.replace("ETag:", "ETag :") + BODY,
            WHOLE.replace("ETag:", " ETag:") + BODY,
            WHOLE.replace("ETag:", "no colon\r\nETag:") + BODY,
            WHOLE.replace("ETag", "x: y\r\n".repeat(200) + "ETag") + BODY,
            WHOLE.replace("ETag", "x: " + "y".repeat(20_000) + "\r\nETag") + BODY)) {
      for (int step : STEPS) {
        RecordingSink sink = receive(wire, step);

        assertThat(sink.end()).as(wire).isInstanceOf(GetEnd.Broken.class);
        assertThat(sink.hasBegun()).as(wire).isFalse();
        assertThat(landed()).isEqualTo("..........");
        assertThat(answer.reusable()).isFalse();
      }
    }
  }

  @Test
  void refusalIsRead_howeverItsEndIsTold() {
    String document = "<Error><Code>SlowDown</Code><RequestId>test-7</RequestId></Error>";
    String head = "HTTP/1.1 503 Slow Down\r\nRetry-After: 3\r\n";
    String length = Integer.toHexString(document.length());
    for (int step : STEPS) {
      for (String wire :
          List.of(
              head + "Content-Length: " + document.length() + "\r\n\r\n" + document,
              head
                  + "Transfer-Encoding: chunked\r\n\r\n"
                  + length
                  + ";x=y\r\n"
                  + document
                  + "\r\n0\r\nTrailer: z\r\n\r\n",
              head + "\r\n" + document)) {
        RecordingSink sink = receive(wire, step);

        assertThat(sink.end())
            .isInstanceOfSatisfying(
                GetEnd.Refused.class,
                refused -> {
                  assertThat(refused.status()).isEqualTo(503);
                  assertThat(refused.code()).isEqualTo("SlowDown");
                  assertThat(refused.requestId()).isEqualTo("test-7");
                  assertThat(refused.retryAfter().orElseThrow()).hasSeconds(3);
                });
        assertThat(landed()).isEqualTo("..........");
        assertThat(answer.reusable()).isEqualTo(!wire.startsWith(head + "\r\n"));
      }
    }
  }

  @Test
  void refusalIsNotReadToItsEnd_whenItIsEndless() {
    String wire = "HTTP/1.1 500 -\r\n\r\n" + "x".repeat(200_000);

    assertThat(receive(wire, 50_000).end())
        .isInstanceOfSatisfying(
            GetEnd.Refused.class, refused -> assertThat(refused.code()).isEqualTo("-"));
    assertThat(answer.reusable()).isFalse();
  }

  @Test
  void requestMaySucceed_whenItWasRefusedForTheClock() {
    String document = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    String wire =
        "HTTP/1.1 403 -\r\nDate: Sat, 28 Feb 2026 14:00:00 GMT\r\nContent-Length: "
            + document.length()
            + "\r\n\r\n"
            + document;

    assertThat(receive(wire, 100_000).end())
        .isInstanceOfSatisfying(
            GetEnd.Refused.class, refused -> assertThat(refused.mended()).isTrue());
  }

  @Test
  void nothingLandsBehindAnEarlierEnd() {
    RecordingSink sink = begin(List.of(new Landing.Slice(0, target)));
    assertThat(answer.endAt(4)).isTrue();
    assertThat(answer.endAt(6)).isFalse();

    feed(WHOLE + BODY, 100_000);
    answer.tell();

    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
    assertThat(sink.progress()).isEqualTo(4);
    assertThat(landed()).isEqualTo("0123......");
    assertThat(answer.done()).isTrue();
    assertThat(answer.reusable()).isTrue();
    assertThat(answer.endAt(2)).isFalse();
  }

  @Test
  void anEarlierEndIsRefused_whenItsBytesMayBeLandingAlready() {
    RecordingSink sink = begin(List.of(new Landing.Slice(0, target)));
    feed(WHOLE + "01", 100_000);
    assertThat(answer.target().byteSize()).isEqualTo(8);

    assertThat(answer.endAt(5)).isFalse();
    assertThat(answer.endAt(10)).isFalse();

    feed("23456789", 100_000);
    answer.tell();
    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
    assertThat(landed()).isEqualTo(BODY);
  }

  @Test
  void anEarlierEndIsGranted_betweenReceives_alsoAfterOneThatBroughtNothing() {
    RecordingSink sink = begin(List.of(new Landing.Slice(0, target)));
    feed(WHOLE + "01", 100_000);
    assertThat(answer.endAt(2)).isFalse();
    assertThat(answer.endAt(7)).isTrue();
    assertThat(answer.target().byteSize()).isEqualTo(5);
    answer.receivedNothing();
    assertThat(answer.endAt(3)).isTrue();

    feed("23456789", 100_000);
    answer.tell();

    assertThat(sink.end()).isEqualTo(new GetEnd.Whole());
    assertThat(sink.progress()).isEqualTo(3);
    assertThat(landed()).isEqualTo("012.......");
  }

  @Test
  void restIsThrownAway_whenTheAnswerIsGivenUp() {
    RecordingSink sink = begin(List.of(new Landing.Slice(0, target)));
    feed(WHOLE + "012", 100_000);

    answer.stop();

    assertThat(sink.end()).isEqualTo(new GetEnd.Cancelled());
    assertThat(answer.isDraining()).isTrue();
    feed("3456789", 2);
    assertThat(answer.done()).isTrue();
    assertThat(answer.reusable()).isTrue();
    assertThat(landed()).isEqualTo("012.......");
    answer.tell();
  }
}
