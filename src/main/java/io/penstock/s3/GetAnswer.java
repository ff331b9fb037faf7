package io.penstock.s3;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.store.ByteRange;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The receiving half of one exchange: says where the next bytes of the connection go, and makes of
/// them what the sink is told. Confined to the thread that receives, but for [#endAt] and
/// [#isWorthDraining].
final class GetAnswer {
  // HEAD: into scratch. PART: the rest of the scratch is copied once, then bytes go straight into
  // the slices, those of gaps into scratch. DOCUMENT: whatever is no part, into scratch and from
  // there to the heap. DRAIN: a cancelled part's rest, into scratch. DONE: nothing is expected.

  /// What a connection's scratch must hold.
  static final int SCRATCH_BYTES = 64 << 10;

  /// The most of a cancelled answer that is received rather than paid for by a new connection.
  static final long MOST_DRAINED = 256 << 10;

  /// How long that may take.
  static final Duration DRAINED_WITHIN = Duration.ofMillis(100);

  // A head has some 600 bytes; whatever of the body comes with it is copied.
  private static final int FIRST_RECEIVE = 2 << 10;

  private enum State {
    HEAD,
    PART,
    DOCUMENT,
    DRAIN,
    DONE
  }

  private final GetRequest request;
  private final GetSink sink;
  private final RequestSigner signer;
  private final Connection connection;
  private final BodyLanding body;

  private State state = State.HEAD;
  private int headBytes;
  private @Nullable ResponseHead head;
  private @Nullable ErrorDocument document;
  private boolean reusable;
  private @Nullable GetEnd untold;

  /// What an answer is received on.
  ///
  /// @param from the address that answers
  /// @param reused whether it carried an answer before
  /// @param scratch [#SCRATCH_BYTES] of native memory that nobody else uses meanwhile
  /// @param dates of this connection's answers
  record Connection(
      InetSocketAddress from, boolean reused, MemorySegment scratch, HttpDates dates) {}

  GetAnswer(GetRequest request, GetSink sink, RequestSigner signer, Connection connection) {
    this.request = request;
    this.sink = sink;
    this.signer = signer;
    this.connection = connection;
    this.body = new BodyLanding(request.range().length());
  }

  /// Whether nothing more is to be received. Then the end is to be told.
  boolean done() {
    return state == State.DONE;
  }

  /// Whether the exchange is over, and only what is left of the answer is still to come.
  boolean isDraining() {
    return state == State.DRAIN;
  }

  /// Whether the connection can carry another request after this answer, which is done.
  boolean reusable() {
    return reusable;
  }

  /// Asks for an earlier end, see [GetTransport.Exchange#endAt]. Any thread may.
  boolean endAt(long bytes) {
    return body.endAt(bytes);
  }

  /// Whether so little is left of the answer that receiving it is less work than a new connection.
  /// Any thread may ask.
  boolean isWorthDraining() {
    return body.isWorthDraining(MOST_DRAINED);
  }

  /// Where the first bytes of the next answer go, whatever it is: its [#target] at the start.
  static MemorySegment firstTarget(MemorySegment scratch) {
    return scratch.asSlice(0, FIRST_RECEIVE);
  }

  /// Whether the [#target] may be of memory that the sink has lent.
  boolean isLanding() {
    return state == State.PART;
  }

  /// How many bytes of the part are still to come; 0 if none is being received.
  long left() {
    return state == State.PART ? body.left() : 0;
  }

  /// Where the next bytes that come go, at least one byte; valid until [#received].
  MemorySegment target() {
    MemorySegment scratch = connection.scratch();
    return switch (state) {
      case HEAD ->
          scratch.asSlice(
              headBytes,
              (headBytes < FIRST_RECEIVE ? FIRST_RECEIVE : ResponseHead.MOST_BYTES) - headBytes);
      case PART -> body.target(scratch);
      case DRAIN -> scratch.asSlice(0, Math.min(scratch.byteSize(), body.left()));
      case DOCUMENT -> scratch;
      case DONE -> throw new IllegalStateException("the answer is complete");
    };
  }

  /// So many bytes, 1 or more, have come to the beginning of the [#target].
  void received(int count) {
    try {
      switch (state) {
        case HEAD -> headReceived(count);
        case PART -> {
          body.landed(count);
          progressed(count);
        }
        case DRAIN -> {
          body.skipped(count);
          endIfComplete();
        }
        case DOCUMENT -> documentReceived(connection.scratch().asSlice(0, count));
        case DONE -> throw new IllegalStateException("the answer is complete");
      }
    } catch (ProtocolException e) {
      broken(String.valueOf(e.getMessage()), e);
    } catch (PenstockException e) {
      end(new GetEnd.Failed(e), false);
    } catch (RuntimeException e) {
      String what = "read " + request.key() + ": " + e;
      end(new GetEnd.Failed(new RefusedException(ErrorCode.INTERNAL, what, e)), false);
    }
  }

  /// Nothing has come to the [#target], which is forgotten.
  void receivedNothing() {
    if (state == State.PART) {
      body.nothingLanded();
    }
  }

  /// Takes bytes that came to some other place, as decrypted ones do: copies what is to be kept.
  ///
  /// @return how many of them were taken; fewer than there are only if the answer is done
  long take(MemorySegment bytes) {
    long taken = 0;
    while (taken < bytes.byteSize() && !done()) {
      MemorySegment to = target();
      long count = Math.min(to.byteSize(), bytes.byteSize() - taken);
      MemorySegment.copy(bytes, taken, to, 0, count);
      taken += count;
      received(Math.toIntExact(count));
    }
    return taken;
  }

  // --- the head -------------------------------------------------------------------------------

  private void headReceived(int count) throws ProtocolException {
    int searchFrom = Math.max(0, headBytes - 3);
    headBytes += count;
    int end = headEnd(searchFrom);
    if (end > 0) {
      byte[] bytes = connection.scratch().asSlice(0, end - 2).toArray(ValueLayout.JAVA_BYTE);
      headParsed(ResponseHead.parse(new String(bytes, StandardCharsets.ISO_8859_1)), end);
    } else if (headBytes == ResponseHead.MOST_BYTES) {
      throw new ProtocolException("the answer's head is longer than " + headBytes + " bytes");
    } else {
      checkBeginning();
    }
  }

  /// Where the body begins, or 0 if the head has not come to its end.
  private int headEnd(int from) {
    MemorySegment scratch = connection.scratch();
    for (int i = from; i + 4 <= headBytes; i++) {
      if (scratch.get(ValueLayout.JAVA_BYTE, i + 3) == '\n'
          && scratch.get(ValueLayout.JAVA_BYTE, i + 2) == '\r'
          && scratch.get(ValueLayout.JAVA_BYTE, i + 1) == '\n'
          && scratch.get(ValueLayout.JAVA_BYTE, i) == '\r') {
        return i + 4;
      }
    }
    return 0;
  }

  private void checkBeginning() throws ProtocolException {
    int count = Math.min(headBytes, ResponseHead.BEGINNING.length());
    for (int i = 0; i < count; i++) {
      byte found = connection.scratch().get(ValueLayout.JAVA_BYTE, i);
      if (found != ResponseHead.BEGINNING.charAt(i)) {
        throw new ProtocolException("what came is no answer of HTTP/1");
      }
    }
  }

  private void headParsed(ResponseHead parsed, int end) throws ProtocolException {
    head = parsed;
    MemorySegment rest = connection.scratch().asSlice(end, headBytes - end);
    int status = parsed.status();
    if (status == 206) {
      beginPart(parsed);
      if (state == State.PART || state == State.DRAIN) {
        takeRest(rest);
      }
    } else if (status < 300) {
      throw new ProtocolException("the answer is " + status + ", a part was asked for");
    } else {
      state = State.DOCUMENT;
      document = new ErrorDocument(parsed);
      documentReceived(rest);
    }
  }

  private void beginPart(ResponseHead parsed) throws ProtocolException {
    ObjectInfo info = parsed.part(connection.dates()).check(request);
    Optional<List<Landing.Slice>> wanted = sink.begin(info, connection.from());
    state = State.PART;
    if (wanted.isPresent()) {
      body.begin(Landing.checkedSlices(wanted::get, request.range()));
    } else {
      stop();
    }
  }

  /// What of the body came with the head: the one copy.
  private void takeRest(MemorySegment rest) throws ProtocolException {
    long count = Math.min(rest.byteSize(), body.left());
    long taken = 0;
    while (taken < count && state == State.PART) {
      long copied = body.copy(rest.asSlice(taken, count - taken));
      taken += copied;
      progressed(copied);
    }
    if (state == State.DRAIN) {
      body.skipped(count - taken);
      endIfComplete();
    }
    if (state == State.DONE && rest.byteSize() > count) {
      reusable = false;
    }
  }

  // --- the body -------------------------------------------------------------------------------

  private void progressed(long count) throws ProtocolException {
    sink.progressed(count);
    endIfComplete();
  }

  private void endIfComplete() throws ProtocolException {
    if (body.left() == 0) {
      boolean clean = head != null && head.lasting() && head.contentLength() >= 0;
      end(new GetEnd.Whole(), clean);
    } else if (state == State.PART && body.isComplete()) {
      abandon(new GetEnd.Whole());
    }
  }

  private void documentReceived(MemorySegment bytes) throws ProtocolException {
    ErrorDocument taken = java.util.Objects.requireNonNull(document);
    long count = taken.take(bytes);
    if (taken.done()) {
      refuse(taken, count == bytes.byteSize());
    }
  }

  private void refuse(ErrorDocument taken, boolean nothingFollows) {
    ResponseHead parsed = java.util.Objects.requireNonNull(head);
    if (parsed.status() == 416) {
      ByteRange range = request.range();
      throw new CorruptDataException(
          ErrorCode.DATA_CORRUPT,
          request.key(),
          "ends before byte "
              + range.offset()
              + ", the range to "
              + range.end()
              + " was asked for");
    }
    String code = taken.element("Code").orElse("-");
    end(
        new GetEnd.Refused(
            parsed.status(),
            code,
            parsed.requestId().or(() -> taken.element("RequestId")).orElse("-"),
            parsed.bucketRegion(),
            parsed.retryAfter(),
            signer.learn(code, parsed.date())),
        taken.complete() && nothingFollows && parsed.lasting());
  }

  // --- other ends -----------------------------------------------------------------------------

  /// Gives the answer up. The caller receives nothing into an older [#target] any more; what is
  /// asked for from now on, if anything, is thrown away.
  void stop() {
    abandon(new GetEnd.Cancelled());
  }

  private void abandon(GetEnd how) {
    if (state == State.PART && body.left() <= MOST_DRAINED) {
      state = State.DRAIN;
      finish(how);
      tell();
    } else {
      end(how, false);
    }
  }

  private void finish(GetEnd how) {
    body.finish();
    untold = how;
  }

  /// Tells the sink how the exchange ended, unless it was told. For the owner of the connection,
  /// after it has given the connection back: what the sink starts next can use it.
  void tell() {
    GetEnd how = untold;
    untold = null;
    if (how != null) {
      sink.ended(how);
    }
  }

  /// More came on the connection than this answer, which is done.
  void notReusable() {
    reusable = false;
  }

  /// Ends the exchange for a reason that is not the connection's.
  void fail(PenstockException failure) {
    end(new GetEnd.Failed(failure), false);
  }

  /// The peer has closed the connection.
  void closed() {
    if (state == State.DOCUMENT) {
      try {
        refuse(java.util.Objects.requireNonNull(document), false);
      } catch (PenstockException e) {
        end(new GetEnd.Failed(e), false);
      }
    } else if (state == State.PART) {
      broken(
          "the answer ends after " + body.position() + " of " + request.range().length() + " bytes",
          null);
    } else {
      broken("the connection was closed before the answer", null);
    }
  }

  /// The connection broke, or what came on it makes no sense.
  void broken(String reason, @Nullable Throwable cause) {
    boolean before = state == State.HEAD && headBytes == 0;
    end(new GetEnd.Broken(reason, cause, before, connection.reused()), false);
  }

  private void end(GetEnd how, boolean clean) {
    boolean told = state == State.DRAIN || state == State.DONE;
    state = State.DONE;
    reusable = clean;
    if (!told) {
      finish(how);
    }
  }
}
