package io.penstock.testing.s3;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLException;

/// An S3 server on a port of the loopback. Keeps objects in memory; checks signatures made with
/// [#ACCESS_KEY] and [#SECRET_KEY]; understands path style, and virtual hosts below any name that
/// is not `localhost` or an address; honours conditions exactly, one winner for each race. A script
/// decides what goes wrong with which request. Counts requests. Thread-safe.
public final class S3TestServer implements AutoCloseable {
  // A thread for each connection: read a request, check it, ask the script, act, answer. Faults
  // that concern the connection end it, by a reset where real networks reset.

  private static final int BACKLOG = 256;
  private static final Duration MOST_WAITED = Duration.ofSeconds(20);

  /// The access key of its only user.
  public static final String ACCESS_KEY = "test-access";

  /// The secret key of its only user.
  public static final String SECRET_KEY = "test-secret";

  /// Listens on each address, on one port; behind each the same objects.
  private final List<ServerSocket> listeners;

  private final String scheme;
  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final InstantSource clock;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final S3Objects objects;
  private final S3Service service;
  private final Signatures signatures;
  private final Map<S3Operation, Integer> counts = new EnumMap<>(S3Operation.class);
  private final List<String> trace = new ArrayList<>();
  private final List<WireRequest> late = new ArrayList<>();
  private final Map<InetAddress, Pace> paces = new HashMap<>();
  private final Map<InetAddress, S3Script> scripts = new HashMap<>();
  private final SharedRate shared = new SharedRate();
  private RandomGenerator random = new SplittableRandom(0);
  private Duration mostIdle = Duration.ZERO;
  private boolean anonymousAllowed;
  private boolean payerWanted;
  private int nextRequest;
  private int accepted;

  private S3TestServer(List<ServerSocket> listeners, String scheme, InstantSource clock) {
    this.listeners = listeners;
    this.scheme = scheme;
    this.clock = clock;
    this.objects = new S3Objects(clock);
    this.service = new S3Service(objects);
    this.signatures = new Signatures(ACCESS_KEY, SECRET_KEY, clock);
  }

  /// Starts an empty server on one address.
  public static S3TestServer start() {
    return start(1, InstantSource.system());
  }

  /// Starts an empty server.
  ///
  /// @param addresses how many it has, from 127.0.0.1 on, all with the same port. More than one
  ///   need a system whose whole 127.0.0.0/8 is the loopback, such as Linux
  /// @param clock by which it checks signatures and dates answers
  public static S3TestServer start(int addresses, InstantSource clock) {
    List<ServerSocket> listeners = listen(addresses, ServerSocketFactory.getDefault());
    return start(new S3TestServer(listeners, "http", clock));
  }

  /// Starts an empty server on one address, whose connections are encrypted.
  public static S3TestServer start(TestTls tls) {
    List<ServerSocket> listeners = listen(1, tls.server().getServerSocketFactory());
    return start(new S3TestServer(listeners, "https", InstantSource.system()));
  }

  private static S3TestServer start(S3TestServer server) {
    for (ServerSocket listener : server.listeners) {
      server.connections.execute(() -> server.accept(listener));
    }
    return server;
  }

  private static List<ServerSocket> listen(int addresses, ServerSocketFactory sockets) {
    for (int attempt = 1; ; attempt++) {
      List<ServerSocket> listeners = new ArrayList<>();
      try {
        int port = 0;
        for (int i = 1; i <= addresses; i++) {
          listeners.add(
              sockets.createServerSocket(port, BACKLOG, InetAddress.ofLiteral("127.0.0." + i)));
          port = listeners.getFirst().getLocalPort();
        }
        return listeners;
      } catch (IOException e) {
        // A port that is free on the first address may be taken on another one.
        listeners.forEach(S3TestServer::closeQuietly);
        if (attempt == 10) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void closeQuietly(ServerSocket listener) {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where it listens; the first address, if there are several.
  public URI endpoint() {
    return URI.create(scheme + "://127.0.0.1:" + listeners.getFirst().getLocalPort());
  }

  /// All addresses at which it listens.
  public List<InetSocketAddress> addresses() {
    return listeners.stream()
        .map(each -> new InetSocketAddress(each.getInetAddress(), each.getLocalPort()))
        .toList();
  }

  /// How fast every address answers from now on.
  ///
  /// @param seed of when answers begin
  public synchronized void pace(Pace pace, long seed) {
    random = new SplittableRandom(seed);
    listeners.forEach(each -> paces.put(each.getInetAddress(), pace));
  }

  /// How fast one address answers from now on.
  public synchronized void pace(InetSocketAddress address, Pace pace) {
    paces.put(address.getAddress(), pace);
  }

  /// How fast all bodies together that have a pace come from now on; 0: as their paces allow.
  public void limit(long bytesPerSecond) {
    shared.limit(bytesPerSecond);
  }

  /// Closes connections from now on that have been idle for so long after an answer; zero: never.
  public synchronized void closeIdle(Duration after) {
    mostIdle = after;
  }

  /// How many connections are open.
  public int openConnections() {
    return open.size();
  }

  /// Waits until no connection is open: what a client has closed is noticed here a little later.
  ///
  /// @throws IllegalStateException when that takes more than twenty seconds
  public void awaitNoConnections() throws InterruptedException {
    long deadline = System.nanoTime() + MOST_WAITED.toNanos();
    synchronized (open) {
      for (long left = 1; !open.isEmpty() && left > 0; ) {
        left = deadline - System.nanoTime();
        TimeUnit.NANOSECONDS.timedWait(open, left);
      }
      if (!open.isEmpty()) {
        throw new IllegalStateException(open.size() + " connections are still open: " + open);
      }
    }
  }

  /// How many connections there have been.
  public synchronized int connections() {
    return accepted;
  }

  /// Makes a bucket.
  public void createBucket(String name) {
    objects.createBucket(name);
  }

  /// The keys of a bucket, in order.
  public List<String> keys(String bucket) {
    return objects.keys(bucket);
  }

  /// The content of an object that is there.
  public byte[] content(String bucket, String key) {
    return objects.find(bucket, key).orElseThrow().content().clone();
  }

  /// Puts an object, without a request.
  public void put(String bucket, String key, byte[] content) {
    byte[] copy = content.clone();
    objects.put(bucket, key, copy, S3Objects.etag(copy), null, null);
  }

  /// How many uploads were begun and neither completed nor aborted.
  public int unfinishedUploads() {
    return objects.unfinishedUploads();
  }

  /// Decides from now on what goes wrong, at every address.
  public synchronized void script(S3Script script) {
    listeners.forEach(each -> scripts.put(each.getInetAddress(), script));
  }

  /// Decides from now on what goes wrong at one address.
  public synchronized void script(InetSocketAddress address, S3Script script) {
    scripts.put(address.getAddress(), script);
  }

  /// Whether requests without a signature are answered.
  public synchronized void allowAnonymous(boolean allowed) {
    this.anonymousAllowed = allowed;
  }

  /// Whether requests are refused that do not say, signed, that their sender pays for them.
  public synchronized void wantPayer(boolean wanted) {
    this.payerWanted = wanted;
  }

  /// Requests of all kinds.
  public synchronized int requests() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /// Requests of one kind, whatever became of them.
  public synchronized int requests(S3Operation operation) {
    return counts.getOrDefault(operation, 0);
  }

  /// What was asked and what went wrong, a line for each request.
  public synchronized List<String> trace() {
    return List.copyOf(trace);
  }

  /// Forgets what was asked so far, but for the numbers: for runs whose trace would be long.
  public synchronized void forgetTrace() {
    trace.clear();
  }

  /// Carries out the requests whose script said that they are applied late.
  public void settle() {
    List<WireRequest> due;
    synchronized (this) {
      due = List.copyOf(late);
      late.clear();
    }
    due.forEach(service::answer);
  }

  private void accept(ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        take(listener.accept());
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void take(Socket socket) throws IOException {
    open.add(socket);
    synchronized (this) {
      accepted++;
    }
    try {
      connections.execute(() -> serve(socket));
    } catch (RejectedExecutionException e) {
      open.remove(socket);
      socket.close(); // it came while the server was being closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 64 << 10);
      WireReader reader = new WireReader(new BufferedInputStream(socket.getInputStream()), out);
      WireSender sender = new WireSender(out, clock, shared, closing);
      boolean more = true;
      while (more) {
        var request = reader.next();
        more = request.isPresent() && handle(request.get(), socket, sender);
        socket.setSoTimeout(mostIdleMillis());
      }
    } catch (SocketTimeoutException e) {
      // It was idle for too long; the connection is closed.
    } catch (SocketException | SSLException e) {
      // The client, or the end of the test, closed the connection.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (open) {
        open.remove(socket);
        open.notifyAll();
      }
    }
  }

  private synchronized int mostIdleMillis() {
    return Math.toIntExact(mostIdle.toMillis());
  }

  /// Sends an answer and returns whether the connection goes on.
  private interface Reply {
    boolean send(WireAnswer answer) throws IOException, InterruptedException;
  }

  /// Answers a request and returns whether the connection goes on.
  private boolean handle(WireRequest request, Socket socket, WireSender sender)
      throws IOException, InterruptedException {
    WireFault fault;
    Pace pace;
    Duration firstByte;
    int number;
    synchronized (this) {
      number = ++nextRequest;
      counts.merge(request.operation(), 1, Integer::sum);
      InetAddress address = socket.getLocalAddress();
      S3Script script = scripts.getOrDefault(address, S3Script.calm());
      fault = script.at(request.operation(), request.key());
      pace = pace(address, fault);
      firstByte = pace.firstBytes().next(random);
      trace.add(request + (fault instanceof WireFault.None ? "" : " " + fault));
    }
    sender.pause(firstByte);
    Reply reply =
        answer ->
            sender.send(
                answer,
                request.operation() != S3Operation.HEAD,
                fault,
                number,
                pace.bytesPerSecond());
    WireRequest checked;
    try {
      checked = checked(request);
    } catch (Signatures.Mismatch e) {
      reply.send(WireAnswer.error(e.status(), e.getMessage()));
      return true;
    }
    return switch (fault) {
      case WireFault.Refused refused -> {
        reply.send(WireAnswer.error(refused.status(), refused.code()));
        yield true;
      }
      case WireFault.ResetBefore _ -> reset(socket);
      case WireFault.ResetAfter _ -> {
        service.answer(checked);
        yield reset(socket);
      }
      case WireFault.AppliedLate _ -> {
        synchronized (this) {
          late.add(checked);
        }
        yield reset(socket);
      }
      case WireFault.ErrorDocument document -> {
        if (document.carriedOut()) {
          service.answer(checked);
        }
        reply.send(withStatus(200, WireAnswer.error(500, "InternalError")));
        yield true;
      }
      case WireFault.Gate gate -> {
        gate.arrived().countDown();
        gate.go().await();
        yield reply.send(service.answer(checked));
      }
      case WireFault.ConditionIgnored _ ->
          reply.send(service.answer(without(checked, "if-none-match", "if-match")));
      case WireFault.RangeIgnored _ -> reply.send(service.answer(without(checked, "range")));
      case WireFault.WrongRange _ -> reply.send(service.answer(withLaterRange(checked)));
      case WireFault.OtherTag _ -> reply.send(service.answer(checked).with("ETag", "\"another\""));
      case WireFault.None _,
          WireFault.CutBody _,
          WireFault.ExtraBytes _,
          WireFault.FlippedBit _,
          WireFault.OtherBytes _,
          WireFault.Slow _,
          WireFault.Straggler _,
          WireFault.Stall _ ->
          reply.send(service.answer(checked));
    };
  }

  private Pace pace(InetAddress address, WireFault fault) {
    Pace usual = paces.getOrDefault(address, Pace.UNLIMITED);
    return fault instanceof WireFault.Straggler straggler
        ? usual.slower(straggler.factor())
        : usual;
  }

  private WireRequest checked(WireRequest request) throws Signatures.Mismatch {
    boolean anonymous;
    boolean unpaid;
    synchronized (this) {
      anonymous = anonymousAllowed && request.header("authorization").isEmpty();
      unpaid = payerWanted && !saysWhoPays(request);
    }
    if (unpaid) {
      throw new Signatures.Mismatch(403, "AccessDenied");
    }
    return anonymous ? request : request.with(request.headers(), signatures.check(request));
  }

  private static boolean saysWhoPays(WireRequest request) {
    String name = "x-amz-request-payer";
    return request.header(name).filter("requester"::equals).isPresent()
        && request.header("authorization").filter(text -> text.contains(name)).isPresent();
  }

  private static WireRequest without(WireRequest request, String... names) {
    Map<String, String> headers = new HashMap<>(request.headers());
    headers.keySet().removeAll(Arrays.asList(names));
    return request.with(headers, request.body());
  }

  private static WireRequest withLaterRange(WireRequest request) {
    Map<String, String> headers = new HashMap<>(request.headers());
    String[] bounds = headers.getOrDefault("range", "bytes=0-0").substring(6).split("-", -1);
    headers.put(
        "range",
        "bytes=" + (Long.parseLong(bounds[0]) + 1) + "-" + (Long.parseLong(bounds[1]) + 1));
    return request.with(headers, request.body());
  }

  private static WireAnswer withStatus(int status, WireAnswer answer) {
    return new WireAnswer(status, answer.headers(), answer.body());
  }

  private static boolean reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
    return false;
  }

  /// Closes all connections and stops.
  @Override
  public void close() {
    closing.countDown();
    try {
      for (ServerSocket listener : listeners) {
        listener.close();
      }
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    connections.shutdownNow();
    connections.close();
  }
}
