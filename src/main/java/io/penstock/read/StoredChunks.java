package io.penstock.read;

import io.penstock.store.RangeRequest;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Where the chunks of some tensors lie on the store. Immutable.
///
/// @param tensors of the version
/// @param fragments how many it has
/// @param names of the tensors
record StoredChunks(StoredTensors tensors, int fragments, List<String> names) {
  /// Goes through them, fragment by fragment, tensor by tensor, shard by shard, in the order of
  /// their offsets. Reads catalogs when it comes to them.
  Iterator<RangeRequest> iterator() {
    return IntStream.range(0, fragments)
        .boxed()
        .flatMap(fragment ->
            names.stream()
                .map(name -> new StoredTensors.Key(fragment, name))
                .flatMap(key -> arrays(tensors.get(key))))
        .flatMap(
            array -> IntStream.range(0, array.shards()).boxed().flatMap(shard -> of(array, shard)))
        .iterator();
  }

  private static Stream<StoredArray> arrays(StoredTensor tensor) {
    return switch (tensor) {
      case StoredTensor.Fixed(StoredArray array) -> Stream.of(array);
      case StoredTensor.Ragged(StoredArray values, StoredArray offset, StoredArray shape, _) ->
          Stream.of(values, offset, shape);
    };
  }

  private static Stream<RangeRequest> of(StoredArray array, int shard) {
    String key = array.key(shard);
    long first = (long) shard * array.chunksPerShard();
    return LongStream.range(first, first + array.chunksPerShard())
        .filter(array::inBounds)
        .filter(chunk -> array.index().problem(chunk).isEmpty())
        .mapToObj(
            chunk -> RangeRequest.of(key, array.index().offset(chunk), array.index().length(chunk)))
        .sorted(Comparator.comparingLong(chunk -> chunk.range().offset()));
  }
}
