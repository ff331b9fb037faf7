package io.penstock.testing.s3;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Sends answers over one connection, as well or as badly and as fast or as slowly as is wanted.
/// Confined to the connection's thread.
final class WireSender {
  // Often enough that a rate looks even to whoever measures it.
  private static final long PIECES_A_SECOND = 50;

  private final OutputStream out;
  private final InstantSource clock;
  private final SharedRate shared;
  private final CountDownLatch closing;

  /// @param clock of the answers' dates
  /// @param shared by all senders, for bodies that have a rate
  /// @param closing ends every wait
  WireSender(OutputStream out, InstantSource clock, SharedRate shared, CountDownLatch closing) {
    this.out = out;
    this.clock = clock;
    this.shared = shared;
    this.closing = closing;
  }

  /// Waits as long as the first byte shall take. A virtual thread waits, so no thread is kept.
  void pause(Duration time) throws InterruptedException {
    if (time.isPositive() && closing.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("the server is closed");
    }
  }

  /// Sends an answer and returns whether the connection goes on.
  ///
  /// @param withBody whether the body follows the head, which tells its length
  /// @param number of the request, for its id
  /// @param bytesPerSecond of the body; 0: as fast as can be
  boolean send(
      WireAnswer answer, boolean withBody, WireFault fault, int number, long bytesPerSecond)
      throws IOException, InterruptedException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " -\r\n");
    answer
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (answer.status() != 204 && answer.status() != 304) {
      head.append("Content-Length: ").append(answer.body().length).append("\r\n");
    }
    head.append("Date: ").append(S3Service.HTTP_DATE.format(clock.instant())).append("\r\n");
    head.append("x-amz-request-id: test-").append(number).append("\r\n\r\n");
    out.write(head.toString().getBytes(StandardCharsets.UTF_8));
    boolean more =
        !withBody || answer.status() == 304 || body(answer.body(), fault, bytesPerSecond);
    out.flush();
    return more;
  }

  private boolean body(byte[] body, WireFault fault, long bytesPerSecond)
      throws IOException, InterruptedException {
    return switch (fault) {
      case WireFault.CutBody cut -> {
        write(body, 0, Math.min(body.length, cut.bodyBytes()), bytesPerSecond);
        yield false;
      }
      case WireFault.ExtraBytes extra -> {
        write(body, 0, body.length, bytesPerSecond);
        out.write(new byte[extra.count()]);
        yield true;
      }
      case WireFault.FlippedBit flip -> {
        byte[] flipped = body.clone();
        if (flipped.length > 0) {
          flipped[flip.at() % flipped.length] ^= 1;
        }
        write(flipped, 0, flipped.length, bytesPerSecond);
        yield true;
      }
      case WireFault.OtherBytes _ -> {
        byte[] others = body.clone();
        for (int i = 0; i < others.length; i++) {
          others[i] ^= (byte) 0xff;
        }
        write(others, 0, others.length, bytesPerSecond);
        yield true;
      }
      case WireFault.Stall stall -> {
        int before = Math.min(body.length, stall.bodyBytes());
        write(body, 0, before, bytesPerSecond);
        out.flush();
        stall.arrived().countDown();
        stall.go().await();
        write(body, before, body.length - before, bytesPerSecond);
        yield true;
      }
      case WireFault.Slow slow -> {
        out.flush(); // the head comes in time
        pause(slow.firstByte());
        write(body, 0, body.length, slow.bytesPerSecond());
        yield true;
      }
      case WireFault.None _,
          WireFault.Refused _,
          WireFault.ResetBefore _,
          WireFault.ResetAfter _,
          WireFault.AppliedLate _,
          WireFault.RangeIgnored _,
          WireFault.WrongRange _,
          WireFault.Straggler _,
          WireFault.OtherTag _,
          WireFault.ConditionIgnored _,
          WireFault.ErrorDocument _,
          WireFault.Gate _ -> {
        write(body, 0, body.length, bytesPerSecond);
        yield true;
      }
    };
  }

  private void write(byte[] body, int from, int length, long bytesPerSecond)
      throws IOException, InterruptedException {
    if (bytesPerSecond == 0) {
      out.write(body, from, length);
      return;
    }
    int piece = Math.clamp(bytesPerSecond / PIECES_A_SECOND, 1, Integer.MAX_VALUE);
    // By the clock: waits last longer than was asked for, and that must not add up.
    long due = System.nanoTime();
    for (int at = from; at < from + length; ) {
      int bytes = Math.min(piece, from + length - at);
      due += (long) (bytes * 1e9 / bytesPerSecond);
      pause(Duration.ofNanos(due - System.nanoTime()));
      due = shared.take(due, bytes);
      pause(Duration.ofNanos(due - System.nanoTime()));
      out.write(body, at, bytes);
      out.flush();
      at += bytes;
    }
  }
}
