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
import java.util.TreeMap;

/// The codecs that a reader knows, by name: turns the `codecs` of Zarr v3 metadata into chains. A
/// value that is passed where it is needed. Immutable, thread-safe.
public final class Codecs {
  private static final Codecs STANDARD = new Codecs(standardFactories());

  private final Map<String, Factory> factories;

  private Codecs(Map<String, Factory> factories) {
    this.factories = Collections.unmodifiableMap(new TreeMap<>(factories));
  }

  /// `bytes`, `transpose`, `gzip`, `zstd`, `crc32c` and `sharding_indexed`.
  public static Codecs standard() {
    return STANDARD;
  }

  /// These codecs and one more.
  ///
  /// @throws RefusedException if the name is taken
  public Codecs with(CodecFactory factory) {
    if (factories.containsKey(factory.name())) {
      throw new RefusedException(
          ErrorCode.INVALID_ARGUMENT, "there is a codec " + factory.name() + " already");
    }
    Map<String, Factory> more = new TreeMap<>(factories);
    more.put(factory.name(), (configuration, array, _) -> factory.make(configuration, array));
    return new Codecs(more);
  }

  /// The chain behind the member `codecs` of an array's metadata, or of a sharding configuration.
  /// [CodecChain#metadata] is the reverse.
  ///
  /// @param metadata one entry for each codec: its name alone, or a map with `name`, perhaps
  ///   `configuration`, perhaps `must_understand`; values are String, Long, Double, Boolean, and
  ///   Lists and Maps of them
  /// @param type of the array's elements
  /// @param chunk shape of the array's chunks; of its shards where the chain shards
  /// @throws CorruptDataException `UNSUPPORTED` for a codec or a member that is not known,
  ///   `METADATA_CORRUPT` for a value or an order of codecs that cannot be
  public CodecChain chain(List<?> metadata, DataType type, Shape chunk) {
    List<Codec> codecs = new ArrayList<>();
    ArraySpec array = new ArraySpec(type, chunk);
    for (Object entry : metadata) {
      Codec codec = codec(entry, array);
      codecs.add(codec);
      switch (codec) {
        case ArrayToArrayCodec arrayCodec -> array = arrayCodec.encodedArray(array);
        case ElementCodec elements -> elements.encodedBytes(array);
        case ShardingIndexedCodec sharding -> sharding.grid(array.shape());
        case BytesToBytesCodec _ -> {}
      }
    }
    return CodecChain.of(codecs);
  }

  private Codec codec(Object entry, ArraySpec array) {
    return switch (entry) {
      case String name -> make(name, Map.of(), array);
      case Map<?, ?> members -> {
        Map<String, Object> codec = members(members, "codec");
        codec
            .keySet()
            .forEach(member -> {
              if (!List.of("name", "configuration", "must_understand").contains(member)) {
                throw malformed("codec " + codec.get("name") + ": member " + member);
              }
            });
        if (!(codec.get("name") instanceof String name)) {
          throw malformed("codec without a name: " + codec);
        }
        yield make(name, configuration(name, codec), array);
      }
      case null, default -> throw malformed("codec " + entry + ", expected a name or an object");
    };
  }

  private static Map<String, Object> configuration(String name, Map<String, Object> codec) {
    if (!codec.containsKey("configuration")) {
      return Map.of();
    }
    if (codec.get("configuration") instanceof Map<?, ?> members) {
      return members(members, "codec " + name + ": configuration");
    }
    throw malformed("codec " + name + ": configuration is no object");
  }

  private Codec make(String name, Map<String, Object> configuration, ArraySpec array) {
    Factory factory = factories.get(name);
    if (factory == null) {
      throw new CorruptDataException(
          ErrorCode.UNSUPPORTED,
          "codec " + name + " is not known, only " + String.join(", ", factories.keySet()));
    }
    return factory.make(configuration, array, this);
  }

  private static Map<String, Object> members(Map<?, ?> map, String what) {
    Map<String, Object> members = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      if (!(key instanceof String name)) {
        throw malformed(what + ": key " + key + " is no text");
      }
      if (value == null) {
        throw malformed(what + ": " + name + " is null");
      }
      members.put(name, value);
    });
    return Collections.unmodifiableMap(members);
  }

  private static CorruptDataException malformed(String what) {
    return new CorruptDataException(ErrorCode.METADATA_CORRUPT, what);
  }

  private static Map<String, Factory> standardFactories() {
    Map<String, Factory> factories = new TreeMap<>();
    factories.put(BytesCodec.NAME, (members, _, _) -> BytesCodec.read(members));
    factories.put(TransposeCodec.NAME, (members, array, _) -> TransposeCodec.read(members, array));
    factories.put(GzipCodec.NAME, (members, _, _) -> GzipCodec.read(members));
    factories.put(ZstdCodec.NAME, (members, _, _) -> ZstdCodec.read(members));
    factories.put(Crc32cCodec.NAME, (members, _, _) -> Crc32cCodec.read(members));
    factories.put(ShardingIndexedCodec.NAME, ShardingIndexedCodec::read);
    return factories;
  }

  /// Makes codecs of one name; those that hold chains need all codecs for that.
  private interface Factory {
    Codec make(Map<String, Object> configuration, ArraySpec array, Codecs codecs);
  }
}
