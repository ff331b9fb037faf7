package io.penstock.format;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.RefusedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The root's `zarr.json`: a Zarr v3 group with `attributes.penstock`, which carries a checksum of
/// its own, so that other programs may add attributes and lay the text out as they like:
///
/// ```
/// "penstock": {"format":1,"required_features":[],"dataset_id":…,"created":…,"crc32c":"0a1b2c3d"}
/// ```
///
/// The CRC-32C covers the RFC 8785 form of that object without the member `crc32c`.
final class RootJson {
  private static final String OURS = "penstock";
  private static final Pattern DATASET_ID = Pattern.compile("[0-9a-f]{32}");

  private RootJson() {}

  static byte[] print(RootRecord root) {
    Map<String, Object> ours = new LinkedHashMap<>();
    Envelope.putFormat(ours, List.of());
    ours.put("dataset_id", root.datasetId());
    ours.put("created", Times.print(root.created()));
    ours.put("crc32c", checksum(ours));
    Map<String, Object> members = ZarrNode.begin(GroupMetadata.NODE_TYPE);
    members.put(ZarrNode.ATTRIBUTES, Map.of(OURS, ours));
    return Json.print(members);
  }

  static RootRecord parse(String key, byte[] bytes) {
    JsonObject node = Json.parse(key, bytes);
    Optional<JsonObject> attributes = node.findObject(ZarrNode.ATTRIBUTES);
    if (attributes.isEmpty() || !attributes.get().has(OURS)) {
      throw new NotFoundException(
          ErrorCode.DATASET_NOT_FOUND,
          "object " + key + " is no dataset: it has no attribute " + OURS);
    }
    GroupMetadata.parse(node);
    JsonObject ours = attributes.get().object(OURS);
    Envelope.checkFormat(ours);
    String stored = ours.string("crc32c");
    Map<String, Object> covered = new LinkedHashMap<>(ours.members());
    covered.remove("crc32c");
    String computed = checksum(ours, covered);
    if (!stored.equals(computed)) {
      throw ours.corrupt("crc32c", stored, "the checksum of the members, " + computed);
    }
    return new RootRecord(
        Envelope.FORMAT, ours.string("dataset_id", DATASET_ID), ours.time("created"));
  }

  private static String checksum(JsonObject ours, Map<String, Object> members) {
    try {
      return checksum(members);
    } catch (RefusedException e) {
      throw new CorruptDataException(
          ErrorCode.METADATA_CORRUPT,
          ours.key(),
          "members without RFC 8785 form: " + e.getMessage());
    }
  }

  private static String checksum(Map<String, Object> members) {
    byte[] canonical = Json.printCanonical(members);
    return Envelope.checksum(canonical, canonical.length);
  }
}
