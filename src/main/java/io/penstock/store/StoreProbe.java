package io.penstock.store;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;

/// Finds out whether a store keeps its promise about create-only puts, on which all commits rest:
/// some stores accept the condition and ignore it.
public final class StoreProbe {
  // Two puts to a key that nobody has used: the first must be stored, the second must be told that
  // the key is taken, and the first bytes must stay. An answer that was lost proves nothing either
  // way, so the probe begins again under another key.
  private static final int MOST_ATTEMPTS = 5;

  private StoreProbe() {}

  /// What a probe found.
  public sealed interface Finding {
    /// Create-only puts work.
    record Capable() implements Finding {}

    /// They do not: writers that race would overwrite each other.
    ///
    /// @param reason what the store did, for messages
    record Incapable(String reason) implements Finding {}

    /// Answers were lost again and again.
    ///
    /// @param reason what happened last, for messages
    record Undecided(String reason) implements Finding {}
  }

  /// Probes a store with four requests and removes the key again, if it may. Blocks.
  ///
  /// @param prefix where the key is made: empty, or a key and a `/` behind it
  /// @param ids gives random names, safe as parts of keys, never the same twice
  /// @throws io.penstock.error.PenstockException when a request fails: permission, no connection
  public static Finding probe(Store store, String prefix, Supplier<String> ids) {
    Finding finding = new Finding.Undecided("not probed");
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      String key = prefix + "probe-" + ids.get();
      try {
        finding = probeKey(store, key);
      } finally {
        remove(store, key);
      }
      if (!(finding instanceof Finding.Undecided)) {
        return finding;
      }
    }
    return finding;
  }

  // Whoever may write but not delete leaves the key to the next collection of garbage.
  private static void remove(Store store, String key) {
    try {
      store.delete(key);
    } catch (RefusedException e) {
      if (e.code() != ErrorCode.NOT_PERMITTED) {
        throw e;
      }
    }
  }

  private static Finding probeKey(Store store, String key) {
    byte[] first = ("first of " + key).getBytes(StandardCharsets.UTF_8);
    byte[] second = ("second of " + key).getBytes(StandardCharsets.UTF_8);
    return switch (create(store, key, first)) {
      case PutResult.Unknown unknown -> new Finding.Undecided(unknown.reason());
      case PutResult.Exists _ ->
          new Finding.Undecided("a create-only put to the fresh key " + key + " found it taken");
      case PutResult.Stored _ -> probeAgain(store, key, first, create(store, key, second));
    };
  }

  private static Finding probeAgain(Store store, String key, byte[] first, PutResult again) {
    return switch (again) {
      case PutResult.Unknown unknown -> new Finding.Undecided(unknown.reason());
      case PutResult.Stored _ ->
          new Finding.Incapable("two create-only puts to the key " + key + " both succeeded");
      case PutResult.Exists _ -> {
        boolean kept =
            store
                .get(key, 2L * first.length)
                .filter(object -> Arrays.equals(object.content(), first))
                .isPresent();
        yield kept
            ? new Finding.Capable()
            : new Finding.Incapable(
                "a create-only put that was told that the key "
                    + key
                    + " is taken changed the object");
      }
    };
  }

  private static PutResult create(Store store, String key, byte[] content) {
    return store.put(key, MemorySegment.ofArray(content), PutCondition.CREATE_ONLY);
  }
}
