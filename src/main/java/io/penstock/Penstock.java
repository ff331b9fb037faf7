package io.penstock;

import io.penstock.store.Store;

/// The shared parts of a process: the memory budget, the codec threads, the way to the stores.
/// Thread-safe; whoever creates it closes it, after the datasets that it opened.
public final class Penstock implements AutoCloseable {
  private Penstock() {}

  /// With defaults: a quarter of the machine's memory up to 1 GiB as budget, a codec thread for
  /// each processor, the SDK's default chain of credentials.
  public static Penstock create() {
    return builder().build();
  }

  /// With settings of one's own.
  public static Builder builder() {
    return new Builder();
  }

  /// Opens the dataset at a URI: `s3://bucket/prefix`, `file:/dir`, or a plain path. Blocks for up
  /// to three dependent requests.
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

  /// Opens the dataset over any store. The dataset takes ownership of the store.
  public Dataset open(Store store) {
    throw new UnsupportedOperationException("front door");
  }

  /// Makes a new, empty dataset over any store. The dataset takes ownership of the store.
  public Dataset create(Store store) {
    throw new UnsupportedOperationException("front door");
  }

  /// The store behind a URI, for tools that look at objects. The caller closes it.
  public Store store(String uri) {
    throw new UnsupportedOperationException("front door");
  }

  /// The most native memory that readers and writers of this instance use together, in bytes.
  public long memoryBudgetBytes() {
    throw new UnsupportedOperationException("front door");
  }

  /// The most that was ever in use, in bytes.
  public long peakMemoryBytes() {
    throw new UnsupportedOperationException("front door");
  }

  /// Codec threads.
  public int threads() {
    throw new UnsupportedOperationException("front door");
  }

  /// Releases memory and threads.
  @Override
  public void close() {
    throw new UnsupportedOperationException("front door");
  }

  /// Settings of a [Penstock]. Not thread-safe.
  public static final class Builder {
    private Builder() {}

    /// The off-heap budget of readers and writers, in bytes.
    public Builder memory(long budgetBytes) {
      throw new UnsupportedOperationException("front door " + budgetBytes);
    }

    /// Codec threads, 1 or more.
    public Builder threads(int count) {
      throw new UnsupportedOperationException("front door " + count);
    }

    /// An S3 endpoint other than AWS, such as `http://127.0.0.1:9000`.
    public Builder s3Endpoint(String url) {
      throw new UnsupportedOperationException("front door " + url);
    }

    /// The region; by default the SDK's chain, and `us-east-1` with an endpoint of one's own.
    public Builder s3Region(String region) {
      throw new UnsupportedOperationException("front door " + region);
    }

    /// Sends unsigned requests, without looking for credentials.
    public Builder s3Anonymous(boolean anonymous) {
      throw new UnsupportedOperationException("front door " + anonymous);
    }

    /// Uses path-style addresses, or virtual hosts; by default path style when the endpoint is an
    /// IP address or `localhost`.
    public Builder s3PathStyle(boolean pathStyle) {
      throw new UnsupportedOperationException("front door " + pathStyle);
    }

    /// Allows writing to stores that ignore conditional writes, if there is never more than one
    /// writer.
    public Builder singleWriter(boolean singleWriter) {
      throw new UnsupportedOperationException("front door " + singleWriter);
    }

    /// Makes the instance.
    public Penstock build() {
      throw new UnsupportedOperationException("front door");
    }
  }
}
