package io.penstock.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Version records in JSON.
final class VersionJson {
  static final String KIND = "version";

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{32}");
  private static final int MAX_PAGES = Page.MAX_ENTRIES * (FragmentJson.MAX_LEVEL + 1);
  private static final int MAX_INPUTS = 1024;

  private final LayoutJson layouts;

  VersionJson(LayoutJson layouts) {
    this.layouts = layouts;
  }

  static byte[] print(VersionRecord version) {
    Map<String, Object> members = Envelope.begin(KIND, version.features());
    members.put("branch", version.branch());
    members.put("life", version.life());
    members.put("number", version.number());
    version.parent().ifPresent(parent -> members.put("parent", print(parent)));
    members.put("commit", version.commit());
    members.put("time", Times.print(version.time()));
    members.put("author", version.author());
    members.put("message", version.message());
    members.put("metadata", version.metadata());
    version.provenance().ifPresent(origin -> members.put("provenance", print(origin)));
    members.put("operation", spelling(version.operation()));
    version.revokes().ifPresent(session -> members.put("revokes", session));
    members.put("schema", SchemaJson.print(version.schema()));
    members.put("samples", version.samples());
    members.put("next_sample_id", version.nextSampleId());
    members.put("layouts", version.layouts().stream().map(LayoutJson::print).toList());
    members.put("pages", version.pages().stream().map(FragmentJson::print).toList());
    members.put("fragments", version.fragments().stream().map(FragmentJson::print).toList());
    members.put("chain", version.chain().hex());
    members.put("content", version.content().hex());
    return Envelope.seal(members, VersionRecord.MAX_BYTES);
  }

  private static Map<String, Object> print(Provenance provenance) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("inputs", provenance.inputs());
    members.put("transform", provenance.transform());
    members.put("fingerprint", provenance.fingerprint());
    return members;
  }

  static Map<String, Object> print(VersionLink link) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("branch", link.branch());
    members.put("life", link.life());
    members.put("number", link.number());
    members.put("record", link.record().hex());
    return members;
  }

  private static String spelling(Operation operation) {
    return operation.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  VersionRecord parse(String key, byte[] bytes) {
    JsonObject object = Envelope.open(key, KIND, bytes, VersionRecord.MAX_BYTES);
    Schema schema = SchemaJson.parse(object.object("schema"));
    VersionRecord version =
        new VersionRecord(
            object.strings("required_features", Integer.MAX_VALUE),
            object.string("branch", Names.FORM),
            object.integer("life", 0, Long.MAX_VALUE),
            object.integer("number", 0, Long.MAX_VALUE),
            object.findObject("parent").map(VersionJson::link),
            object.string("commit", COMMIT),
            object.time("time"),
            object.string("author"),
            object.string("message"),
            metadata(object.object("metadata")),
            object.findObject("provenance").map(VersionJson::provenance),
            operation(object),
            object.optionalString("revokes"),
            schema,
            object.integer("samples", 0, Long.MAX_VALUE),
            object.integer("next_sample_id", 0, Long.MAX_VALUE),
            object.objects("layouts", FragmentJson.MAX_LAYOUTS).stream()
                .map(layout -> layouts.parse(layout, schema))
                .toList(),
            object.objects("pages", MAX_PAGES).stream().map(FragmentJson::pageRef).toList(),
            object.objects("fragments", Page.MAX_ENTRIES).stream()
                .map(FragmentJson::fragment)
                .toList(),
            object.digest("chain"),
            object.digest("content"));
    check(object, version);
    return version;
  }

  private static Map<String, String> metadata(JsonObject object) {
    Map<String, String> pairs = new TreeMap<>();
    object.members().keySet().forEach(name -> pairs.put(name, object.string(name)));
    return pairs;
  }

  private static Provenance provenance(JsonObject object) {
    return new Provenance(
        object.strings("inputs", MAX_INPUTS),
        object.string("transform"),
        object.string("fingerprint"));
  }

  static VersionLink link(JsonObject object) {
    return new VersionLink(
        object.string("branch", Names.FORM),
        object.integer("life", 0, Long.MAX_VALUE),
        object.integer("number", 0, Long.MAX_VALUE),
        object.digest("record"));
  }

  private static Operation operation(JsonObject object) {
    String spelled = object.string("operation");
    for (Operation operation : Operation.values()) {
      if (spelling(operation).equals(spelled)) {
        return operation;
      }
    }
    throw object.unsupported(
        "operation", "the operation " + Json.shown(spelled) + " is not known to this library");
  }

  /// What members say of each other.
  private static void check(JsonObject object, VersionRecord version) {
    Optional<Long> before = version.parent().map(VersionLink::number);
    if (before.orElse(-1L) != version.number() - 1) {
      throw object.corrupt("number", version.number(), "one more than the parent's, or 0");
    }
    if (version.revokes().isPresent() != (version.operation() == Operation.FENCE)) {
      throw object.corrupt(
          "operation", spelling(version.operation()), "fence if and only if a session is revoked");
    }
    checkPages(object, version.pages());
    for (int i = 0; i < version.fragments().size(); i++) {
      checkFragment(object, "fragments[" + i + "]", version, version.fragments().get(i));
    }
    List<Long> rows = new ArrayList<>();
    version.pages().forEach(page -> rows.add(page.rows()));
    version.fragments().forEach(fragment -> rows.add(fragment.rows()));
    Optional<Long> sum = FragmentJson.sum(rows);
    if (!sum.equals(Optional.of(version.samples()))) {
      throw object.corrupt("samples", version.samples(), "the sum of all rows, " + sum);
    }
    if (version.nextSampleId() < version.samples()) {
      throw object.corrupt(
          "next_sample_id", version.nextSampleId(), "at least " + version.samples() + " samples");
    }
  }

  private static void checkPages(JsonObject object, List<PageRef> pages) {
    for (int i = 1; i < pages.size(); i++) {
      if (pages.get(i).level() > pages.get(i - 1).level()) {
        throw object.corrupt(
            "pages[" + i + "].level", pages.get(i).level(), "levels that never rise");
      }
    }
  }

  private static void checkFragment(
      JsonObject object, String place, VersionRecord version, FragmentEntry fragment) {
    if (fragment.layout() >= version.layouts().size()) {
      throw object.corrupt(
          place + ".layout", fragment.layout(), "below " + version.layouts().size() + " layouts");
    }
    if (fragment.firstSampleId() + fragment.rows() > version.nextSampleId()) {
      throw object.corrupt(
          place + ".first_sample_id",
          fragment.firstSampleId(),
          "ids below " + version.nextSampleId());
    }
    List<String> extents = fragment.extents().stream().map(TensorExtent::tensor).toList();
    List<String> tensors =
        version.layouts().get(fragment.layout()).tensors().stream()
            .map(TensorLayout::tensor)
            .toList();
    if (!extents.equals(tensors)) {
      throw object.corrupt(place + ".tensors", extents, "those of the layout, " + tensors);
    }
  }
}
