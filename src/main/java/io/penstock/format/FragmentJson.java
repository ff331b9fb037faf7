package io.penstock.format;

import io.penstock.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Entries of fragment lists in JSON: fragments and pages.
final class FragmentJson {
  /// The form of ids of fragments and pages: one segment of a key, clear of our own names.
  static final Pattern ID = Pattern.compile("[0-9a-z][0-9a-z-]{0,127}");

  static final int MAX_LAYOUTS = 1 << 16;
  static final int MAX_LEVEL = 8;

  private FragmentJson() {}

  static Map<String, Object> print(FragmentEntry fragment) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", fragment.id());
    members.put("layout", fragment.layout());
    members.put("rows", fragment.rows());
    members.put("first_sample_id", fragment.firstSampleId());
    members.put("bytes", fragment.bytes());
    members.put("digest", fragment.digest().hex());
    members.put("metadata_digest", fragment.metadataDigest().hex());
    members.put("tensors", fragment.extents().stream().map(FragmentJson::print).toList());
    fragment.shuffle().ifPresent(shuffle -> members.put("shuffle", print(shuffle)));
    return members;
  }

  private static Map<String, Object> print(TensorExtent extent) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("tensor", extent.tensor());
    members.put("stored_bytes", extent.storedBytes());
    members.put("value_elements", extent.valueElements());
    members.put("largest_group_bytes", extent.largestGroupBytes());
    members.put("largest_sample_bytes", extent.largestSampleBytes());
    return members;
  }

  private static Map<String, Object> print(WriteShuffle shuffle) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("algorithm", shuffle.algorithm());
    members.put("seed", shuffle.seed());
    members.put("buffer_samples", shuffle.bufferSamples());
    members.put("buffer_bytes", shuffle.bufferBytes());
    return members;
  }

  static FragmentEntry fragment(JsonObject object) {
    long rows = object.integer("rows", 0, Shape.MAX_DIMENSION);
    return new FragmentEntry(
        object.string("id", ID),
        object.integer("layout", 0, MAX_LAYOUTS - 1),
        rows,
        object.integer("first_sample_id", 0, Long.MAX_VALUE - rows),
        object.integer("bytes", 0, Long.MAX_VALUE),
        object.digest("digest"),
        object.digest("metadata_digest"),
        object.objects("tensors", Schema.MAX_TENSORS).stream().map(FragmentJson::extent).toList(),
        object.findObject("shuffle").map(FragmentJson::shuffle));
  }

  private static TensorExtent extent(JsonObject object) {
    return new TensorExtent(
        object.string("tensor", Names.FORM),
        object.integer("stored_bytes", 0, Long.MAX_VALUE),
        object.integer("value_elements", 0, Shape.MAX_DIMENSION),
        object.integer("largest_group_bytes", 0, Long.MAX_VALUE),
        object.integer("largest_sample_bytes", 0, Long.MAX_VALUE));
  }

  private static WriteShuffle shuffle(JsonObject object) {
    return new WriteShuffle(
        object.string("algorithm"),
        object.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE),
        object.integer("buffer_samples", 1, Shape.MAX_DIMENSION),
        object.integer("buffer_bytes", 1, Long.MAX_VALUE));
  }

  static Map<String, Object> print(PageRef page) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", page.id());
    members.put("level", page.level());
    members.put("fragments", page.fragments());
    members.put("rows", page.rows());
    members.put("bytes", page.bytes());
    members.put("digest", page.digest().hex());
    return members;
  }

  static PageRef pageRef(JsonObject object) {
    return new PageRef(
        object.string("id", ID),
        object.integer("level", 0, MAX_LEVEL),
        object.integer("fragments", 1, Shape.MAX_DIMENSION),
        object.integer("rows", 0, Long.MAX_VALUE),
        object.integer("bytes", 0, Long.MAX_VALUE),
        object.digest("digest"));
  }

  /// The sum of values that are not negative, or empty if it exceeds 2^63−1.
  static Optional<Long> sum(List<Long> values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
      if (sum < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(sum);
  }
}
