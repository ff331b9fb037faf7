package io.penstock.testing.s3;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// An S3 server on a port of the loopback. Keeps objects in memory; checks signatures made with
/// [#ACCESS_KEY] and [#SECRET_KEY]; understands path style, and virtual hosts below any name that
/// is not `localhost` or an address; honours conditions exactly, one winner for each race. A script
/// decides what goes wrong with which request. Counts requests. Thread-safe.
public final class S3TestServer implements AutoCloseable {
  // A thread for each connection: read a request, check it, ask the script, act, answer. Faults
  // that concern the connection end it, by a reset where real networks reset.

  /// The access key of its only user.
  public static final String ACCESS_KEY = "test-access";

  /// The secret key of its only user.
  public static final String SECRET_KEY = "test-secret";

  private final ServerSocket listener;
  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final S3Objects objects;
  private final S3Service service;
  private final Signatures signatures;
  private final Map<S3Operation, Integer> counts = new EnumMap<>(S3Operation.class);
  private final List<String> trace = new ArrayList<>();
  private final List<WireRequest> late = new ArrayList<>();
  private S3Script script = S3Script.calm();
  private boolean anonymousAllowed;
  private int nextRequest;

  private S3TestServer(InstantSource clock) throws IOException {
    this.listener = new ServerSocket(0, 256, InetAddress.ofLiteral("127.0.0.1"));
    this.objects = new S3Objects(clock);
    this.service = new S3Service(objects);
    this.signatures = new Signatures(ACCESS_KEY, SECRET_KEY, clock);
  }

  /// Starts an empty server.
  public static S3TestServer start() {
    try {
      S3TestServer server = new S3TestServer(InstantSource.system());
      server.connections.execute(server::accept);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where it listens.
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
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

  /// Decides from now on what goes wrong.
  public synchronized void script(S3Script script) {
    this.script = script;
  }

  /// Whether requests without a signature are answered.
  public synchronized void allowAnonymous(boolean allowed) {
    this.anonymousAllowed = allowed;
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

  /// Carries out the requests whose script said that they are applied late.
  public void settle() {
    List<WireRequest> due;
    synchronized (this) {
      due = List.copyOf(late);
      late.clear();
    }
    due.forEach(service::answer);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        connections.execute(() -> serve(socket));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 64 << 10);
      WireReader reader = new WireReader(new BufferedInputStream(socket.getInputStream()), out);
      boolean more = true;
      while (more) {
        var request = reader.next();
        more = request.isPresent() && handle(request.get(), socket, out);
      }
    } catch (SocketException e) {
      // The client, or the end of the test, closed the connection.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  /// Answers a request and returns whether the connection goes on.
  private boolean handle(WireRequest request, Socket socket, OutputStream out)
      throws IOException, InterruptedException {
    WireFault fault;
    synchronized (this) {
      nextRequest++;
      counts.merge(request.operation(), 1, Integer::sum);
      fault = script.at(request.operation(), request.key());
      trace.add(request + (fault instanceof WireFault.None ? "" : " " + fault));
    }
    WireRequest checked;
    try {
      checked = checked(request);
    } catch (Signatures.Mismatch e) {
      send(out, request, WireAnswer.error(e.status(), e.getMessage()), fault);
      return true;
    }
    return switch (fault) {
      case WireFault.Refused refused -> {
        send(out, request, WireAnswer.error(refused.status(), refused.code()), fault);
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
        send(out, request, withStatus(200, WireAnswer.error(500, "InternalError")), fault);
        yield true;
      }
      case WireFault.Gate gate -> {
        gate.arrived().countDown();
        gate.go().await();
        yield send(out, request, service.answer(checked), fault);
      }
      case WireFault.ConditionIgnored _ ->
          send(out, request, service.answer(without(checked, "if-none-match", "if-match")), fault);
      case WireFault.RangeIgnored _ ->
          send(out, request, service.answer(without(checked, "range")), fault);
      case WireFault.WrongRange _ ->
          send(out, request, service.answer(withLaterRange(checked)), fault);
      case WireFault.OtherTag _ ->
          send(out, request, service.answer(checked).with("ETag", "\"another\""), fault);
      case WireFault.None _,
          WireFault.CutBody _,
          WireFault.ExtraBytes _,
          WireFault.FlippedBit _,
          WireFault.Stall _ ->
          send(out, request, service.answer(checked), fault);
    };
  }

  private WireRequest checked(WireRequest request) throws Signatures.Mismatch {
    boolean anonymous;
    synchronized (this) {
      anonymous = anonymousAllowed && request.header("authorization").isEmpty();
    }
    return anonymous ? request : request.with(request.headers(), signatures.check(request));
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

  /// Sends an answer and returns whether the connection goes on.
  private boolean send(OutputStream out, WireRequest request, WireAnswer answer, WireFault fault)
      throws IOException, InterruptedException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " -\r\n");
    answer
        .headers()
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (answer.status() != 204 && answer.status() != 304) {
      head.append("Content-Length: ").append(answer.body().length).append("\r\n");
    }
    head.append("x-amz-request-id: test-").append(requestNumber()).append("\r\n\r\n");
    out.write(head.toString().getBytes(StandardCharsets.UTF_8));
    if (request.operation() == S3Operation.HEAD || answer.status() == 304) {
      out.flush();
      return true;
    }
    return sendBody(out, answer.body(), fault);
  }

  private synchronized int requestNumber() {
    return nextRequest;
  }

  private static boolean sendBody(OutputStream out, byte[] body, WireFault fault)
      throws IOException, InterruptedException {
    boolean more = true;
    switch (fault) {
      case WireFault.CutBody cut -> {
        out.write(body, 0, Math.min(body.length, cut.bodyBytes()));
        more = false;
      }
      case WireFault.ExtraBytes extra -> {
        out.write(body);
        out.write(new byte[extra.count()]);
      }
      case WireFault.FlippedBit flip -> {
        byte[] flipped = body.clone();
        flipped[flip.at()] ^= 1;
        out.write(flipped);
      }
      case WireFault.Stall stall -> {
        int before = Math.min(body.length, stall.bodyBytes());
        out.write(body, 0, before);
        out.flush();
        awaitGo(stall.arrived(), stall.go());
        out.write(body, before, body.length - before);
      }
      case WireFault.None _,
          WireFault.Refused _,
          WireFault.ResetBefore _,
          WireFault.ResetAfter _,
          WireFault.AppliedLate _,
          WireFault.RangeIgnored _,
          WireFault.WrongRange _,
          WireFault.OtherTag _,
          WireFault.ConditionIgnored _,
          WireFault.ErrorDocument _,
          WireFault.Gate _ ->
          out.write(body);
    }
    out.flush();
    return more;
  }

  private static void awaitGo(CountDownLatch arrived, CountDownLatch go)
      throws InterruptedException {
    arrived.countDown();
    go.await();
  }

  /// Closes all connections and stops.
  @Override
  public void close() {
    try {
      listener.close();
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
