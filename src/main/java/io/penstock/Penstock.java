package io.penstock;

import io.penstock.buffer.BufferPool;
import io.penstock.cache.CacheStats;
import io.penstock.cache.DiskCache;
import io.penstock.codec.CodecThreads;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.read.ReadEngine;
import io.penstock.s3.S3Options;
import io.penstock.s3.S3Store;
import io.penstock.store.Store;
import io.penstock.version.VersionLog;
import io.penstock.write.FragmentWriter;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The shared parts of a process: the memory budget, the codec threads, the way to the stores.
/// Thread-safe; whoever creates it closes it, after the datasets that it opened.
///
/// The composition root: clock, randomness, threads and memory are made here and passed down; no
/// room below looks them up.
public final class Penstock implements AutoCloseable {
  // What a cache's pieces wait in on their way to the disk: a few of the largest reads.
  private static final long CACHE_MEMORY_DIVISOR = 8;
  private static final long LEAST_CACHE_MEMORY = 64L << 10;
  private static final long MOST_CACHE_MEMORY = 32L << 20;

  private final BufferPool pool;
  private final CodecThreads codecThreads;
  private final ThreadFactory planners;
  private final ExecutorService transfers;
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final SecureRandom random = new SecureRandom();
  private final ExecutorService cacheWrites =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("penstock-cache").factory());
  private Optional<BufferPool> cachePool = Optional.empty();
  private final Optional<DiskCache> cache;
  private final Clock clock;
  private final Map<String, String> environment;
  private final StoreUris stores;
  private final boolean singleWriter;

  private Penstock(Builder settings) {
    Platform.check();
    pool = BufferPool.create(settings.memoryBytes);
    codecThreads = new CodecThreads(settings.threads, settings.workers);
    planners = settings.workers.factory();
    transfers =
        Executors.newFixedThreadPool(
            Math.max(4, settings.threads),
            Thread.ofPlatform().daemon().name("penstock-transfer-", 0).factory());
    clock = settings.clock;
    environment = settings.environment;
    // Signatures carry the true time, whatever clock dates the versions.
    stores =
        new StoreUris(
            settings.s3,
            new S3Store.Parts(InstantSource.system(), System::nanoTime, random),
            transfers);
    singleWriter = settings.singleWriter;
    cache = closingOnFailure(() -> settings.cache.map(this::openCache));
  }

  private Optional<DiskCache> closingOnFailure(Supplier<Optional<DiskCache>> opening) {
    try {
      return opening.get();
    } catch (RuntimeException | Error e) {
      closeParts();
      throw e;
    }
  }

  // A part of the budget of its own: readers use up whatever is free, and it would get none.
  private DiskCache openCache(CacheSettings settings) {
    long bytes =
        Math.clamp(
            pool.budgetBytes() / CACHE_MEMORY_DIVISOR, LEAST_CACHE_MEMORY, MOST_CACHE_MEMORY);
    BufferPool copies =
        pool.trySplit(bytes)
            .orElseThrow(() ->
                new RefusedException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "a memory budget of "
                        + pool.budgetBytes()
                        + " bytes is too small for a cache, which needs "
                        + bytes));
    cachePool = Optional.of(copies);
    return DiskCache.open(
        settings.directory(),
        settings.budgetBytes(),
        new DiskCache.Parts(copies, transfers, cacheWrites));
  }

  /// With defaults: a quarter of the machine's memory, but at most 1 GiB, as budget; a codec thread
  /// for each processor; the AWS SDK's default chains of credentials and regions.
  public static Penstock create() {
    return builder().build();
  }

  /// With settings of one's own.
  public static Builder builder() {
    return new Builder();
  }

  /// Opens the dataset at a URI: `s3://bucket/prefix`, `file:/dir`, or a plain path. Blocks for one
  /// round trip.
  ///
  /// @throws io.penstock.error.NotFoundException with code `DATASET_NOT_FOUND`
  public Dataset open(String uri) {
    return open(store(uri));
  }

  /// Makes a new, empty dataset at a URI. Blocks.
  ///
  /// @throws io.penstock.error.ConflictException with code `DATASET_EXISTS`
  /// @throws io.penstock.error.RefusedException with code `STORE_INCAPABLE` if the store ignores
  ///   conditional writes
  public Dataset create(String uri) {
    return create(store(uri));
  }

  /// Opens the dataset over any store. The dataset takes ownership of the store; if this throws,
  /// the store is closed.
  public Dataset open(Store store) {
    return closingOnFailure(
        store, () -> new Dataset(this, store, VersionLog.open(logParts(store))));
  }

  /// Makes a new, empty dataset over any store. The dataset takes ownership of the store; if this
  /// throws, the store is closed.
  public Dataset create(Store store) {
    return closingOnFailure(
        store, () -> new Dataset(this, store, VersionLog.create(logParts(store))));
  }

  /// The store behind a URI, for tools that look at objects. The caller closes it.
  ///
  /// @throws io.penstock.error.RefusedException with code `INVALID_SYNTAX` for a URI of another
  ///   kind, or one that holds a secret
  public Store store(String uri) {
    return stores.open(uri);
  }

  /// The most native memory that readers and writers of this instance use together, in bytes.
  public long memoryBudgetBytes() {
    return pool.budgetBytes();
  }

  /// The most that was ever in use, in bytes.
  public long peakMemoryBytes() {
    return pool.peakBytes();
  }

  /// How many codec threads there are.
  public int threads() {
    return codecThreads.count();
  }

  /// What carries ranged reads of S3 in this process unless the options say otherwise, in words.
  public static String s3Transport() {
    return S3Options.Transport.here();
  }

  /// Why that is not the fastest one, in words; empty if it is.
  public static Optional<String> s3TransportObstacle() {
    return S3Options.Transport.obstacleToNetty();
  }

  /// Why ranged reads of S3 cannot go over io_uring in this process, if that were asked for, in
  /// words; empty if they can.
  public static Optional<String> s3IoUringObstacle() {
    return S3Options.Transport.obstacleToIoUring();
  }

  /// What the cache did and how full it is, or empty if there is none.
  public Optional<CacheStats> cacheStats() {
    return cache.map(DiskCache::stats);
  }

  /// Releases memory and threads; waits for tasks that are running.
  @Override
  public void close() {
    cache.ifPresent(DiskCache::close);
    closeParts();
  }

  private void closeParts() {
    codecThreads.close();
    transfers.close();
    cacheWrites.close();
    requests.close();
    cachePool.ifPresent(BufferPool::close);
    pool.close();
  }

  /// Runs what waits for a store.
  Executor requests() {
    return requests;
  }

  Optional<DiskCache> cache() {
    return cache;
  }

  ReadEngine.Parts readParts() {
    return new ReadEngine.Parts(pool, codecThreads, System::nanoTime, planners);
  }

  FragmentWriter.Parts writeParts() {
    return new FragmentWriter.Parts(pool, codecThreads);
  }

  Map<String, String> environment() {
    return environment;
  }

  Clock clock() {
    return clock;
  }

  private VersionLog.Parts logParts(Store store) {
    return new VersionLog.Parts(store, clock, random, requests, Thread::sleep, singleWriter);
  }

  private static Dataset closingOnFailure(Store store, Supplier<Dataset> opening) {
    try {
      return opening.get();
    } catch (RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  private record CacheSettings(Path directory, long budgetBytes) {}

  /// Settings of a [Penstock]. Not thread-safe.
  public static final class Builder {
    private static final long MOST_MEMORY_BY_DEFAULT = 1L << 30;

    private long memoryBytes = Math.min(Platform.physicalMemoryBytes() / 4, MOST_MEMORY_BY_DEFAULT);
    private int threads = Runtime.getRuntime().availableProcessors();
    private Thread.Builder workers = Thread.ofPlatform().daemon();
    private Clock clock = Clock.systemUTC();
    private Map<String, String> environment = System.getenv();
    private UnaryOperator<S3Options> s3 = UnaryOperator.identity();
    private boolean singleWriter;
    private Optional<CacheSettings> cache = Optional.empty();

    private Builder() {}

    /// The off-heap budget of readers and writers, in bytes.
    public Builder memory(long budgetBytes) {
      if (budgetBytes < 1) {
        throw new RefusedException(
            ErrorCode.INVALID_ARGUMENT, "memory budget of " + budgetBytes + " bytes");
      }
      memoryBytes = budgetBytes;
      return this;
    }

    /// Keeps a share of the datasets that are read in a local directory, so that later epochs read
    /// less from the store. Not for datasets on local disks. Takes an eighth of the memory budget,
    /// at most 32 MiB.
    ///
    /// @param directory made if it is not there; all processes of a machine may name the same one
    /// @param budgetBytes the most that its files take; all processes say the same
    public Builder cache(Path directory, long budgetBytes) {
      cache = Optional.of(new CacheSettings(directory, budgetBytes));
      return this;
    }

    /// Codec threads, 1 or more.
    public Builder threads(int count) {
      threads = count;
      return this;
    }

    /// What makes the threads that decode and plan.
    Builder workers(Thread.Builder kind) {
      workers = kind;
      return this;
    }

    /// The clock that gives the times of versions; the system's by default.
    public Builder clock(Clock source) {
      clock = source;
      return this;
    }

    /// What [LoaderBuilder#fromEnv] looks at instead of the environment of the process.
    ///
    /// @param variables names and values; copied
    public Builder environment(Map<String, String> variables) {
      environment = Map.copyOf(variables);
      return this;
    }

    /// Changes the options of S3, for all URIs, after what was changed before. What is left alone
    /// comes from the environment and the profile, as the AWS SDK looks for it.
    public Builder s3(UnaryOperator<S3Options> change) {
      UnaryOperator<S3Options> before = s3;
      s3 = options -> change.apply(before.apply(options));
      return this;
    }

    /// An S3 endpoint other than AWS, such as `http://127.0.0.1:9000`.
    ///
    /// @throws RefusedException if it is not a URI
    public Builder s3Endpoint(String url) {
      URI endpoint = StoreUris.uri(url);
      return s3(options -> options.withEndpoint(endpoint));
    }

    /// The region; by default the SDK's chain, and `us-east-1` with an endpoint of one's own.
    public Builder s3Region(String region) {
      return s3(options -> options.withRegion(region));
    }

    /// Sends unsigned requests, without looking for credentials.
    public Builder s3Anonymous(boolean anonymous) {
      return s3(options ->
          options.withCredentials(
              anonymous
                  ? new S3Options.Credentials.Anonymous()
                  : new S3Options.Credentials.DefaultChain()));
    }

    /// What carries ranged reads: `auto` (what serves best here), `netty`, `io_uring` or `nio`.
    ///
    /// @throws RefusedException for any other name
    public Builder s3Transport(String name) {
      S3Options.Transport transport = S3Options.Transport.named(name);
      return s3(options -> options.withTransport(transport));
    }

    /// Says with every request that its sender pays for it, as some buckets ask.
    public Builder s3RequesterPays(boolean requesterPays) {
      return s3(options -> options.withRequesterPays(requesterPays));
    }

    /// Puts the bucket's name into the path, or into the host; by default into the path when the
    /// endpoint is an IP address or `localhost`.
    public Builder s3PathStyle(boolean pathStyle) {
      return s3(options ->
          options.withAddressing(
              pathStyle ? S3Options.Addressing.PATH : S3Options.Addressing.VIRTUAL_HOST));
    }

    /// Allows writing to stores that ignore conditional writes, if there is never more than one
    /// writer.
    public Builder singleWriter(boolean promised) {
      singleWriter = promised;
      return this;
    }

    /// Makes the instance.
    ///
    /// @throws io.penstock.error.RefusedException on a Java runtime that is known to corrupt data,
    ///   and for a cache directory that cannot be used
    public Penstock build() {
      return new Penstock(this);
    }
  }
}
