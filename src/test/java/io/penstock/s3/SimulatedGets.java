package io.penstock.s3;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.store.Landing;
import io.penstock.store.ObjectInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A transport to a service of which a function says how it answers each request, on virtual time.
/// Looks after lent memory: no two exchanges may have the same bytes at once.
final class SimulatedGets implements GetTransport {
  static final List<InetSocketAddress> ADDRESSES =
      List.of(
          InetSocketAddress.createUnresolved("a", 80), InetSocketAddress.createUnresolved("b", 80));

  /// How a request is answered.
  ///
  /// @param firstByteNanos until the head comes, or the end if there is no head
  /// @param bytesPerSecond at which the body comes
  /// @param before the answer's end comes instead of the head, if this is not null
  /// @param bodyBytes how many come before `after`; negative: all of them
  /// @param after the end after those bytes; null: nothing more ever comes
  record Answer(
      long firstByteNanos,
      double bytesPerSecond,
      @Nullable GetEnd before,
      long bodyBytes,
      @Nullable GetEnd after) {
    static Answer whole(long firstByteNanos, double bytesPerSecond) {
      return new Answer(firstByteNanos, bytesPerSecond, null, -1, new GetEnd.Whole());
    }

    static Answer refused(long nanos, int status, String code) {
      return ends(
          nanos, new GetEnd.Refused(status, code, "-", Optional.empty(), Optional.empty(), false));
    }

    static Answer ends(long nanos, GetEnd end) {
      return new Answer(nanos, 1, end, 0, null);
    }

    static Answer cut(long firstByteNanos, double bytesPerSecond, long bodyBytes) {
      return new Answer(
          firstByteNanos,
          bytesPerSecond,
          null,
          bodyBytes,
          new GetEnd.Broken("reset", null, false, false));
    }

    static Answer stalls(long firstByteNanos, double bytesPerSecond, long bodyBytes) {
      return new Answer(firstByteNanos, bytesPerSecond, null, bodyBytes, null);
    }
  }

  /// The service.
  interface Service {
    /// How it answers.
    ///
    /// @param address where the request goes
    /// @param inFlight how many requests are under way with it
    Answer answer(GetRequest request, InetSocketAddress address, int inFlight);
  }

  private final VirtualTime time;
  private final Service service;
  private final Function<String, byte[]> contents;
  private final long objectBytes;
  private final int pieceBytes;
  private final Set<Sent> open = new LinkedHashSet<>();
  private final List<GetRequest> requests = new ArrayList<>();
  private String etag = "\"1\"";
  private double cap = Double.MAX_VALUE;
  private boolean closed;
  private long cancelNanos = 1_000_000;
  private int inBody;
  private int mostOpen;

  /// @param contents of objects; not asked when nothing is landed
  /// @param objectBytes the length of every object
  /// @param pieceBytes how many bytes are received at once
  SimulatedGets(
      VirtualTime time,
      Service service,
      Function<String, byte[]> contents,
      long objectBytes,
      int pieceBytes) {
    this.time = time;
    this.service = service;
    this.contents = contents;
    this.objectBytes = objectBytes;
    this.pieceBytes = pieceBytes;
  }

  /// All objects are replaced.
  void replaceObjects(String newTag) {
    etag = newTag;
  }

  /// All bodies together come no faster than this.
  void cap(double bytesPerSecond) {
    cap = bytesPerSecond;
  }

  /// How long cancelled exchanges take to end.
  void cancelsWithin(Duration time) {
    cancelNanos = time.toNanos();
  }

  List<GetRequest> requests() {
    return requests;
  }

  int open() {
    return open.size();
  }

  int mostOpen() {
    return mostOpen;
  }

  @Override
  public Exchange start(GetRequest request, GetSink sink) {
    Sent sent = new Sent(request, sink, addressFor(request));
    if (closed) {
      sink.ended(new GetEnd.Failed(new RefusedException(ErrorCode.CLOSED, "closed")));
      return sent;
    }
    requests.add(request);
    open.add(sent);
    mostOpen = Math.max(mostOpen, open.size());
    sent.answer = service.answer(request, sent.address, open.size());
    time.after(sent.answer.firstByteNanos(), sent::head);
    return sent;
  }

  private InetSocketAddress addressFor(GetRequest request) {
    InetSocketAddress next = ADDRESSES.get(requests.size() % ADDRESSES.size());
    return request.avoid().filter(next::equals).isEmpty()
        ? next
        : ADDRESSES.get((requests.size() + 1) % ADDRESSES.size());
  }

  @Override
  public void close() {
    closed = true;
    for (Sent sent : List.copyOf(open)) {
      sent.end(new GetEnd.Cancelled());
    }
  }

  private final class Sent implements Exchange {
    private final GetRequest request;
    private final GetSink sink;
    private final InetSocketAddress address;
    private Answer answer = Answer.whole(0, 1);
    private List<Landing.Slice> slices = List.of();
    private long received;
    private long limit;
    private boolean ended;
    private boolean counted;

    Sent(GetRequest request, GetSink sink, InetSocketAddress address) {
      this.request = request;
      this.sink = sink;
      this.address = address;
      this.limit = request.range().length();
    }

    void head() {
      if (ended) {
        return;
      }
      if (answer.before() != null) {
        end(answer.before());
        return;
      }
      if (request.etag().isPresent() && !request.etag().get().equals(etag)) {
        end(
            new GetEnd.Refused(
                412, "PreconditionFailed", "-", Optional.empty(), Optional.empty(), false));
        return;
      }
      ObjectInfo info = new ObjectInfo(request.key(), objectBytes, etag, Instant.EPOCH);
      Optional<List<Landing.Slice>> wanted;
      try {
        wanted = sink.begin(info, address);
      } catch (PenstockException e) {
        end(new GetEnd.Failed(e));
        return;
      }
      if (wanted.isEmpty()) {
        end(new GetEnd.Cancelled());
        return;
      }
      slices = wanted.get();
      checkAlone();
      counted = true;
      inBody++;
      next();
    }

    /// Checks that nobody else has been lent the same bytes.
    private void checkAlone() {
      for (Sent other : open) {
        if (other == this) {
          continue;
        }
        for (Landing.Slice mine : slices) {
          for (Landing.Slice others : other.slices) {
            long othersBytes =
                Math.clamp(other.limit - others.offset(), 0, others.target().byteSize());
            if (mine.target()
                .asOverlappingSlice(others.target().asSlice(0, othersBytes))
                .isPresent()) {
              throw new AssertionError(request + " and " + other.request + " share memory");
            }
          }
        }
      }
    }

    private long until() {
      long whole = limit;
      return answer.bodyBytes() < 0 ? whole : Math.min(whole, answer.bodyBytes());
    }

    private void next() {
      if (ended) {
        return;
      }
      long bytes = Math.min(pieceBytes, until() - received);
      if (bytes <= 0) {
        if (received == limit) {
          end(new GetEnd.Whole());
        } else if (answer.after() != null) {
          end(answer.after());
        }
        return;
      }
      double rate = Math.min(answer.bytesPerSecond(), cap / Math.max(1, inBody));
      time.after((long) (bytes * 1e9 / rate), () -> land(bytes));
    }

    private void land(long mostBytes) {
      if (ended) {
        return;
      }
      long bytes = Math.min(mostBytes, until() - received);
      if (bytes > 0) {
        for (Landing.Slice slice : slices) {
          long from = Math.max(received, slice.offset());
          long to = Math.min(received + bytes, slice.offset() + slice.target().byteSize());
          if (from < to) {
            MemorySegment.copy(
                contents.apply(request.key()),
                Math.toIntExact(request.range().offset() + from),
                slice.target(),
                ValueLayout.JAVA_BYTE,
                from - slice.offset(),
                Math.toIntExact(to - from));
          }
        }
        received += bytes;
        sink.progressed(bytes);
      }
      next();
    }

    void end(GetEnd how) {
      if (!ended) {
        ended = true;
        open.remove(this);
        inBody -= counted ? 1 : 0;
        sink.ended(how);
      }
    }

    @Override
    public void cancel() {
      time.after(cancelNanos, () -> end(new GetEnd.Cancelled()));
    }

    @Override
    public Optional<InetSocketAddress> address() {
      return Optional.of(address);
    }

    @Override
    public boolean endAt(long bytes) {
      if (ended || bytes < received + pieceBytes || bytes >= limit) {
        return false;
      }
      limit = bytes;
      return true;
    }
  }
}
