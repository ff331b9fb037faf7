package io.penstock.codec;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A chain of codecs as metadata lists it, not bound to a type and shape yet: array→array codecs,
/// one array→bytes codec, bytes→bytes codecs. Immutable, thread-safe.
public final class CodecChain {
  /// The most bytes of a decoded chunk, unless another limit is set: 1 GiB.
  public static final long DEFAULT_MAX_DECODED_BYTES = 1L << 30;

  /// The most that the limit can be set to: 2 GiB − 1.
  public static final long MAX_DECODED_BYTES = Integer.MAX_VALUE;

  private final List<Codec> codecs;
  private final List<ArrayToArrayCodec> arrayCodecs;
  private final ArrayToBytesCodec arrayToBytes;
  private final List<BytesToBytesCodec> byteCodecs;

  private CodecChain(
      List<Codec> codecs,
      List<ArrayToArrayCodec> arrayCodecs,
      ArrayToBytesCodec arrayToBytes,
      List<BytesToBytesCodec> byteCodecs) {
    this.codecs = List.copyOf(codecs);
    this.arrayCodecs = List.copyOf(arrayCodecs);
    this.arrayToBytes = arrayToBytes;
    this.byteCodecs = List.copyOf(byteCodecs);
  }

  /// A chain of these codecs, in metadata's order.
  ///
  /// @throws io.penstock.error.CorruptDataException if the kinds are out of order, the array→bytes
  ///   codec is missing or repeated, or something follows `sharding_indexed`
  public static CodecChain of(List<? extends Codec> codecs) {
    List<ArrayToArrayCodec> arrayCodecs = new ArrayList<>();
    List<BytesToBytesCodec> byteCodecs = new ArrayList<>();
    ArrayToBytesCodec arrayToBytes = null;
    for (Codec codec : codecs) {
      switch (codec) {
        case ArrayToArrayCodec array -> {
          if (arrayToBytes != null) {
            throw disorder(codec, "an array codec, stands behind " + arrayToBytes.name());
          }
          arrayCodecs.add(array);
        }
        case ArrayToBytesCodec toBytes -> {
          if (arrayToBytes != null) {
            throw disorder(codec, "a second array to bytes codec after " + arrayToBytes.name());
          }
          arrayToBytes = toBytes;
        }
        case BytesToBytesCodec bytes -> {
          if (arrayToBytes == null) {
            throw disorder(codec, "a bytes codec, stands before any array to bytes codec");
          }
          if (arrayToBytes instanceof ShardingIndexedCodec) {
            throw disorder(codec, "follows sharding_indexed, which must be the last");
          }
          byteCodecs.add(bytes);
        }
      }
    }
    if (arrayToBytes == null) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          "codecs: there is no array to bytes codec in " + names(codecs));
    }
    return new CodecChain(List.copyOf(codecs), arrayCodecs, arrayToBytes, byteCodecs);
  }

  /// A chain of these codecs, in metadata's order.
  ///
  /// @throws io.penstock.error.CorruptDataException as the other `of` does
  public static CodecChain of(Codec... codecs) {
    return of(List.of(codecs));
  }

  /// The codecs, in metadata's order.
  public List<Codec> codecs() {
    return codecs;
  }

  /// The array→array codecs, in metadata's order.
  List<ArrayToArrayCodec> arrayCodecs() {
    return arrayCodecs;
  }

  /// The array→bytes codec.
  ArrayToBytesCodec arrayToBytes() {
    return arrayToBytes;
  }

  /// The bytes→bytes codecs, in metadata's order.
  List<BytesToBytesCodec> byteCodecs() {
    return byteCodecs;
  }

  /// The sharding codec, if chunks of this chain are shards.
  public Optional<ShardingIndexedCodec> findSharding() {
    return arrayToBytes instanceof ShardingIndexedCodec sharding
        ? Optional.of(sharding)
        : Optional.empty();
  }

  /// The array that the array→bytes codec meets: `array` as the array→array codecs turn it.
  ///
  /// @throws io.penstock.error.CorruptDataException if one of them does not fit the array
  public ArraySpec arrayBeforeBytes(ArraySpec array) {
    ArraySpec at = array;
    for (ArrayToArrayCodec codec : arrayCodecs) {
      at = codec.encodedArray(at);
    }
    return at;
  }

  /// This chain as metadata, in the long form: a list of maps with the members `name` and, where it
  /// is not empty, `configuration`.
  public List<Object> metadata() {
    List<Object> list = new ArrayList<>();
    for (Codec codec : codecs) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("name", codec.name());
      if (!codec.configuration().isEmpty()) {
        members.put("configuration", codec.configuration());
      }
      list.add(Collections.unmodifiableMap(members));
    }
    return Collections.unmodifiableList(list);
  }

  /// This chain for chunks of one type and shape. A chain whose array→bytes codec is
  /// `sharding_indexed` cannot be bound: its inner chain is bound, and the shard index read by
  /// [ShardIndex].
  ///
  /// @throws RefusedException if a decoded chunk exceeds [#DEFAULT_MAX_DECODED_BYTES]
  /// @throws CorruptDataException if a codec does not fit the type or the shape
  public ChunkCodec bind(DataType type, Shape chunk) {
    return bind(type, chunk, DEFAULT_MAX_DECODED_BYTES);
  }

  /// The same with another limit for the bytes of a decoded chunk, at most [#MAX_DECODED_BYTES].
  public ChunkCodec bind(DataType type, Shape chunk, long maxDecodedBytes) {
    if (maxDecodedBytes < 1 || maxDecodedBytes > MAX_DECODED_BYTES) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT,
          "limit of decoded bytes " + maxDecodedBytes + " is not within 1 to " + MAX_DECODED_BYTES);
    }
    for (int axis = 0; axis < chunk.rank(); axis++) {
      if (chunk.dimension(axis) < 1) {
        throw new CorruptDataException(
            ErrorCode.METADATA_CORRUPT, "chunk shape " + chunk + " has an empty dimension");
      }
    }
    ArraySpec array = new ArraySpec(type, chunk);
    if (array.bytes() > maxDecodedBytes) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED,
          "a chunk of shape "
              + chunk
              + " and type "
              + type.zarrName()
              + " has "
              + array.bytes()
              + " bytes, the limit is "
              + maxDecodedBytes);
    }
    return switch (arrayToBytes) {
      case ElementCodec elements -> BoundChain.of(array, arrayCodecs, elements, byteCodecs);
      case ShardingIndexedCodec _ ->
          throw new CorruptDataException(
              ErrorCode.UNSUPPORTED,
              "codec sharding_indexed: a shard is not decoded as one chunk, nor nested in another");
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CodecChain chain && codecs.equals(chain.codecs);
  }

  @Override
  public int hashCode() {
    return codecs.hashCode();
  }

  @Override
  public String toString() {
    return codecs.toString();
  }

  private static CorruptDataException disorder(Codec codec, String how) {
    return new CorruptDataException(
        ErrorCode.METADATA_CORRUPT, "codecs: " + codec.name() + ", " + how);
  }

  private static List<String> names(List<? extends Codec> codecs) {
    return codecs.stream().map(Codec::name).toList();
  }
}
