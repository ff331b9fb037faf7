import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32C;

/// The least that shuffled images out of a bucket can cost: blocking sockets with a thread each, a
/// fixed head, runs of neighbouring chunks in random order into slots that are there from the
/// start, and on two threads CRC-32C, zstd, and every sample copied to a random place of a buffer.
/// No order that anybody could name or resume, no batches, no signature, no repeats.
///
/// Usage: java -cp zstd-jni.jar BareLoop.java HOST:PORT BUCKET FOLDER EPOCHS
///
/// FOLDER/image-penstock is what BUCKET/image-penstock is, so that the shards' indexes can be read
/// from there. Prints one line of JSON: the medians of the second half of the epochs.
final class BareLoop {
  private static final int CHUNKS_IN_SHARD = 64;
  private static final int SAMPLES = 64;
  private static final int SAMPLE_BYTES = 64 * 64 * 3;
  private static final int CHUNK_BYTES = SAMPLES * SAMPLE_BYTES;
  private static final int CHUNKS_IN_RUN = 3;
  private static final int CONNECTIONS = 64;
  private static final int SLOTS = 80;
  private static final int GATHERED = 1024;
  private static final int DECODERS = 2;

  /// Neighbouring chunks of a shard.
  private record Run(String path, long offset, List<Integer> chunkBytes) {
    int bytes() {
      return chunkBytes.stream().mapToInt(Integer::intValue).sum();
    }
  }

  /// None: nothing comes any more.
  private record Landed(ByteBuffer slot, List<Integer> chunkBytes) {}

  private final InetSocketAddress server;
  private final List<Run> runs;
  private final List<SocketChannel> connections = new ArrayList<>();
  private final BlockingQueue<ByteBuffer> free = new LinkedBlockingQueue<>();
  private final BlockingQueue<Landed> landed = new LinkedBlockingQueue<>();
  private int next;

  private BareLoop(InetSocketAddress server, List<Run> runs) throws IOException {
    this.server = server;
    this.runs = runs;
    int most = runs.stream().mapToInt(Run::bytes).max().orElseThrow();
    for (int i = 0; i < SLOTS; i++) {
      free.add(ByteBuffer.allocateDirect(most).order(ByteOrder.LITTLE_ENDIAN));
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      SocketChannel connection = SocketChannel.open(server);
      connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
      connections.add(connection);
    }
  }

  public static void main(String[] arguments) throws Exception {
    String[] server = arguments[0].split(":");
    int epochs = Integer.parseInt(arguments[3]);
    List<Run> runs = runs(arguments[1], Path.of(arguments[2]).resolve("image-penstock"));
    BareLoop loop =
        new BareLoop(new InetSocketAddress(server[0], Integer.parseInt(server[1])), runs);
    long chunks = runs.stream().mapToLong(run -> run.chunkBytes().size()).sum();
    double gigabytes = chunks * CHUNK_BYTES / 1e9;
    List<Double> rates = new ArrayList<>();
    List<Double> costs = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      Duration cpu = cpu();
      long begun = System.nanoTime();
      loop.epoch(epoch);
      if (epoch >= epochs / 2) {
        rates.add(gigabytes / (System.nanoTime() - begun) * 1e9);
        costs.add(cpu().minus(cpu).toNanos() / 1e9 / gigabytes);
      }
    }
    System.out.printf("{\"GBps\": %.3f, \"cpu_s_GB\": %.3f}%n", median(rates), median(costs));
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  /// The images of one fragment, as their shards' indexes have them (zarr-specs, sharding-indexed:
  /// at the end of a shard, offset and length of each chunk, and a checksum).
  private static List<Run> runs(String bucket, Path dataset) throws IOException {
    List<Path> shards;
    try (var files = Files.walk(dataset)) {
      shards = files.filter(file -> file.toString().contains("/image/c/")).sorted().toList();
    }
    List<Run> runs = new ArrayList<>();
    for (Path shard : shards) {
      if (Files.isRegularFile(shard)) {
        String path = "/" + bucket + "/image-penstock/" + dataset.relativize(shard);
        addRuns(path, shard, runs);
      }
    }
    return runs;
  }

  private static void addRuns(String path, Path shard, List<Run> runs) throws IOException {
    ByteBuffer index = ByteBuffer.allocate(CHUNKS_IN_SHARD * 16).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(shard)) {
      file.read(index, file.size() - index.capacity() - 4);
    }
    for (int chunk = 0; chunk < CHUNKS_IN_SHARD; ) {
      long offset = index.getLong(chunk * 16);
      long end = offset;
      List<Integer> bytes = new ArrayList<>();
      while (chunk < CHUNKS_IN_SHARD
          && bytes.size() < CHUNKS_IN_RUN
          && index.getLong(chunk * 16) == end) {
        bytes.add(Math.toIntExact(index.getLong(chunk * 16 + 8)));
        end += bytes.getLast();
        chunk++;
      }
      runs.add(new Run(path, offset, bytes));
    }
  }

  private void epoch(int number) throws Exception {
    Collections.shuffle(runs, new Random(number));
    next = 0;
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> receiving = new ArrayList<>();
      for (SocketChannel connection : connections) {
        receiving.add(threads.submit(() -> receive(connection)));
      }
      List<Future<?>> decoding = new ArrayList<>();
      for (int i = 0; i < DECODERS; i++) {
        decoding.add(threads.submit(this::decode));
      }
      for (Future<?> each : receiving) {
        each.get();
      }
      for (int i = 0; i < DECODERS; i++) {
        landed.add(new Landed(ByteBuffer.allocate(0), List.of()));
      }
      for (Future<?> each : decoding) {
        each.get();
      }
    }
  }

  private Void receive(SocketChannel connection) throws Exception {
    ByteBuffer head = ByteBuffer.allocateDirect(2048);
    while (true) {
      Run run;
      ByteBuffer slot;
      synchronized (this) {
        if (next == runs.size()) {
          return null;
        }
        slot = free.take();
        run = runs.get(next++);
      }
      String range = run.offset() + "-" + (run.offset() + run.bytes() - 1);
      String request =
          "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%s\r\n\r\n"
              .formatted(run.path(), server.getHostString(), range);
      connection.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      slot.clear().limit(run.bytes());
      slot.put(receiveHead(connection, head.clear()));
      while (slot.hasRemaining()) {
        receiveSome(connection, slot);
      }
      landed.add(new Landed(slot, run.chunkBytes()));
    }
  }

  /// Returns what of the body came with the head.
  private static ByteBuffer receiveHead(SocketChannel connection, ByteBuffer head)
      throws IOException {
    for (int at = 0; ; at++) {
      while (head.position() < at + 4) {
        receiveSome(connection, head);
      }
      if (head.getInt(at) == 0x0d0a0d0a) {
        if (head.getInt(8) != 0x20323036) { // " 206"
          throw new IOException("the answer is no part");
        }
        return head.flip().position(at + 4);
      }
    }
  }

  private static void receiveSome(SocketChannel connection, ByteBuffer to) throws IOException {
    if (connection.read(to) <= 0) {
      throw new IOException("the answer ended early");
    }
  }

  private Void decode() throws Exception {
    ByteBuffer decoded = ByteBuffer.allocateDirect(CHUNK_BYTES);
    MemorySegment samples = MemorySegment.ofBuffer(decoded);
    MemorySegment gathered =
        MemorySegment.ofBuffer(ByteBuffer.allocateDirect(GATHERED * SAMPLE_BYTES));
    Random random = new Random(1);
    CRC32C checksum = new CRC32C();
    try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
      for (Landed run = landed.take(); !run.chunkBytes().isEmpty(); run = landed.take()) {
        int at = 0;
        for (int bytes : run.chunkBytes()) {
          ByteBuffer slot = run.slot();
          checksum.reset();
          checksum.update(slot.clear().limit(at + bytes - 4).position(at));
          if ((int) checksum.getValue() != slot.clear().getInt(at + bytes - 4)) {
            throw new IOException("a chunk is damaged");
          }
          zstd.decompressDirectByteBuffer(decoded, 0, CHUNK_BYTES, slot, at, bytes - 4);
          for (long i = 0; i < SAMPLES; i++) {
            long to = random.nextLong(GATHERED) * SAMPLE_BYTES;
            MemorySegment.copy(samples, i * SAMPLE_BYTES, gathered, to, SAMPLE_BYTES);
          }
          at += bytes;
        }
        free.add(run.slot());
      }
    }
    return null;
  }
}
