package io.penstock.format;

import java.util.Locale;

/// Where everything lies below a dataset's root.
public final class ObjectKeys {
  /// The root group's metadata.
  public static final String ROOT = "zarr.json";

  private static final String OURS = "__penstock/";

  private ObjectKeys() {}

  /// A version record.
  public static String version(String branch, long life, long number) {
    return versions(branch, life) + digits(number) + ".json";
  }

  /// The prefix of all records of one life of a branch.
  public static String versions(String branch, long life) {
    return OURS + "branches/" + branch + "." + life + "/";
  }

  /// The hint of one life of a branch.
  public static String hint(String branch, long life) {
    return versions(branch, life) + "hint";
  }

  /// A ref.
  public static String ref(String name, long number) {
    return refs() + name + "/" + digits(number) + ".json";
  }

  /// The prefix of all refs.
  public static String refs() {
    return OURS + "refs/";
  }

  /// A page of a fragment list.
  public static String page(String id) {
    return OURS + "pages/" + id;
  }

  /// The catalog of one tensor of one fragment.
  public static String catalog(String fragment, String tensor) {
    return OURS + "index/" + fragment + "/" + tensor;
  }

  /// The sketch of one tensor of one fragment.
  public static String sketch(String fragment, String tensor) {
    return OURS + "sketches/" + fragment + "/" + tensor;
  }

  /// A key of an object that belongs to a fragment, without what stands before the fragment's id.
  public static String inFragment(String key) {
    String catalogs = OURS + "index/";
    return key.startsWith(catalogs) ? key.substring(catalogs.length()) : key;
  }

  /// An open session.
  public static String session(String id) {
    return OURS + "sessions/" + id + ".json";
  }

  /// The prefix of keys that a probe of the store makes and removes.
  public static String probes() {
    return OURS + "probes/";
  }

  /// Metadata of an array or group, `path` relative to the fragment, empty for the fragment itself.
  public static String metadata(String fragment, String path) {
    return path.isEmpty() ? fragment + "/zarr.json" : fragment + "/" + path + "/zarr.json";
  }

  /// A shard, or an unsharded chunk: `default` chunk keys with `/`.
  ///
  /// @param coordinates in the shard grid
  public static String shard(String fragment, String path, long... coordinates) {
    StringBuilder key = new StringBuilder(fragment).append('/').append(path).append("/c");
    for (long coordinate : coordinates) {
      key.append('/').append(coordinate);
    }
    return key.toString();
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%020d", number);
  }
}
