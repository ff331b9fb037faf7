package io.penstock;

import io.penstock.format.Digest;
import io.penstock.format.VersionContent;
import io.penstock.format.VersionRecord;
import io.penstock.load.Loader;
import java.util.List;

/// One version of a dataset, pinned: whatever is committed later, it stays what it is. Immutable
/// and thread-safe.
public final class Version {
  Version() {}

  /// Its name, such as `main:12`.
  public String name() {
    throw new UnsupportedOperationException("front door");
  }

  /// The record as it stands on the store: number, time, author, message, operation, schema…
  public VersionRecord record() {
    throw new UnsupportedOperationException("front door");
  }

  /// SHA-256 of the stored record: names this version in this dataset.
  public Digest recordDigest() {
    throw new UnsupportedOperationException("front door");
  }

  /// Digest of all samples and their schema, without ids, keys, times and names: equal for the same
  /// samples written twice in the same way.
  public Digest digest() {
    return record().content();
  }

  /// Samples.
  public long samples() {
    return record().samples();
  }

  /// Stored bytes of all fragments.
  public long bytes() {
    throw new UnsupportedOperationException("front door");
  }

  /// Fragments and their layouts, pages read. Does I/O at the first call if there are pages.
  public VersionContent content() {
    throw new UnsupportedOperationException("front door");
  }

  /// The tensors, in schema order.
  public List<Tensor> tensors() {
    throw new UnsupportedOperationException("front door");
  }

  /// One tensor.
  ///
  /// @throws io.penstock.error.NotFoundException with code `TENSOR_NOT_FOUND`
  public Tensor tensor(String name) {
    throw new UnsupportedOperationException("front door " + name);
  }

  /// Begins a loader over this version.
  public LoaderBuilder loader() {
    throw new UnsupportedOperationException("front door");
  }

  /// Settings of a [Loader]. Not thread-safe.
  public static final class LoaderBuilder {
    LoaderBuilder() {}

    /// Which tensors, in this order; all by default.
    public LoaderBuilder tensors(String... names) {
      throw new UnsupportedOperationException("front door " + names.length);
    }

    /// Samples in a batch; 256 by default.
    public LoaderBuilder batchSize(int samples) {
      throw new UnsupportedOperationException("front door " + samples);
    }

    /// Leaves out a last batch that is not full; kept by default.
    public LoaderBuilder dropRemainder(boolean drop) {
      throw new UnsupportedOperationException("front door " + drop);
    }

    /// Makes the loader; does no I/O. The caller closes it.
    public Loader build() {
      throw new UnsupportedOperationException("front door");
    }
  }
}
