package io.penstock;

import io.penstock.format.Provenance;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;

/// One fragment in the making. One thread at a time. Nothing is visible before [#commit]; closing
/// without it discards what was written (whole objects may stay behind as orphans, which no version
/// reaches).
public final class DatasetWriter implements AutoCloseable {
  DatasetWriter() {}

  /// Appends samples to all tensors; memory of `samples` may be reused when this returns. Blocks
  /// while the memory budget is full.
  public void append(Samples samples) {
    throw new UnsupportedOperationException("front door " + samples.count());
  }

  /// Samples so far.
  public long samples() {
    throw new UnsupportedOperationException("front door");
  }

  /// Writes what is left and commits it; concurrent appends of others are no conflict. The writer
  /// is closed afterwards. Without samples nothing is committed and the newest version is returned.
  ///
  /// @throws io.penstock.error.ConflictException if a concurrent commit changed what this one needs
  /// @throws io.penstock.error.OutcomeUnknownException if nobody knows; see [Dataset#resolve]
  public Version commit(String message) {
    throw new UnsupportedOperationException("front door " + message);
  }

  /// Discards what was not committed. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException("front door");
  }

  /// Settings of a writer. Not thread-safe.
  public static final class Builder {
    Builder() {}

    /// The branch to commit to; `main` by default.
    public Builder branch(String name) {
      throw new UnsupportedOperationException("front door " + name);
    }

    /// Declares a tensor.
    public Builder tensor(TensorSpec spec) {
      throw new UnsupportedOperationException("front door " + spec);
    }

    /// Declares a tensor of a fixed or ragged sample shape.
    public Builder tensor(String name, DataType type, Shape sampleShape) {
      return tensor(TensorSpec.of(name, type, sampleShape));
    }

    /// Declares a tensor of byte strings, such as encoded images.
    public Builder bytes(String name, String mediaType) {
      throw new UnsupportedOperationException("front door " + name + mediaType);
    }

    /// Declares a tensor of UTF-8 texts.
    public Builder text(String name) {
      return bytes(name, "text/plain;charset=utf-8");
    }

    /// Group size c: samples that are always read together. By default from [#chunkBytes].
    public Builder chunkSamples(long samples) {
      throw new UnsupportedOperationException("front door " + samples);
    }

    /// Decoded bytes that a chunk of the largest tensor aims at; 1 MiB by default.
    public Builder chunkBytes(long bytes) {
      throw new UnsupportedOperationException("front door " + bytes);
    }

    /// Decoded bytes that a shard aims at; 256 MiB by default.
    public Builder shardBytes(long bytes) {
      throw new UnsupportedOperationException("front door " + bytes);
    }

    /// `auto` (default), `none`, `zstd:LEVEL` or `gzip:LEVEL`.
    public Builder codec(String codec) {
      throw new UnsupportedOperationException("front door " + codec);
    }

    /// Who commits; the operating system's user by default.
    public Builder author(String author) {
      throw new UnsupportedOperationException("front door " + author);
    }

    /// A free pair for the version's metadata.
    public Builder metadata(String key, String value) {
      throw new UnsupportedOperationException("front door " + key + value);
    }

    /// Where the data comes from.
    public Builder provenance(Provenance provenance) {
      throw new UnsupportedOperationException("front door " + provenance);
    }

    /// Makes this version a hard precondition: if the branch has moved on, the commit is a
    /// conflict.
    public Builder basedOn(Version version) {
      throw new UnsupportedOperationException("front door " + version.name());
    }

    /// Opens the session. Blocks.
    public DatasetWriter open() {
      throw new UnsupportedOperationException("front door");
    }
  }
}
