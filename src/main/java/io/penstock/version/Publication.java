package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.store.PutCondition;
import io.penstock.store.PutResult;
import io.penstock.store.Store;
import io.penstock.store.StoredObject;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/// Puts an object that must be created once, and finds out what became of it. Thread-safe.
///
/// A conditional put can be applied although its answer is lost, and it can be applied late. So
/// neither a refusal nor an absent object proves anything about the bytes of this publication:
///
/// ```
/// put ── Stored ──────────────────────────► Created
///  ▲ ├── Exists ──► read back ── present ──► Found (the caller compares: perhaps our own)
///  │ └── Unknown ─►           └─ absent or unreadable: inconclusive
///  └───────────── wait, the identical put again ◄┘      after the last try ──► Doubtful
/// ```
///
/// Only a put of the identical bytes is ever repeated under a key, so it does not matter which of
/// them the store applies.
class Publication {
  /// Tries before a publication is given up as doubtful: with the waits between them about ten
  /// seconds beside the time that the requests themselves take.
  static final int MOST_TRIES = 12;

  private final Store store;
  private final Backoff backoff;

  Publication(Store store, Backoff backoff) {
    this.store = store;
    this.backoff = backoff;
  }

  /// What became of it.
  sealed interface Result {
    /// The key is taken by this publication for certain.
    record Created() implements Result {}

    /// The key is taken; these bytes are there, which may be our own.
    final class Found implements Result {
      private final byte[] content;

      Found(byte[] content) {
        this.content = content;
      }

      /// The bytes under the key, not a copy.
      byte[] content() {
        return content;
      }

      /// Refuses bytes under a key that was thought to be nobody else's.
      void requireSame(String key, byte[] own) {
        if (!Arrays.equals(content, own)) {
          throw new RefusedException(
              ErrorCode.INTERNAL,
              "object " + key + " was made by somebody else: ids are not random enough");
        }
      }
    }

    /// The bytes may be there, may not be, or may yet come.
    record Doubtful(String reason) implements Result {}
  }

  /// Puts the bytes until the key is taken, by whomever, or the tries are used up. Blocks.
  ///
  /// @throws PenstockException only if the object certainly was not put, and will not be
  Result publish(String key, byte[] content) {
    String reason = "";
    for (int tried = 0; tried < MOST_TRIES; tried++) {
      Attempt attempt = attempt(key, content, tried > 0);
      switch (attempt) {
        case Attempt.Certain certain -> {
          return certain.result();
        }
        case Attempt.Inconclusive inconclusive -> reason = inconclusive.reason();
      }
      if (!backoff.pauseUnlessInterrupted(tried)) {
        return new Result.Doubtful(reason + "; interrupted");
      }
    }
    return new Result.Doubtful(reason + "; tried " + MOST_TRIES + " times");
  }

  /// How one put ended.
  sealed interface Attempt {
    /// It is known what is under the key.
    record Certain(Result result) implements Attempt {}

    /// Nothing is known.
    record Inconclusive(String reason) implements Attempt {}
  }

  private Attempt attempt(String key, byte[] content, boolean doubtful) {
    PutResult answer;
    try {
      answer = store.put(key, MemorySegment.ofArray(content), PutCondition.CREATE_ONLY);
    } catch (RefusedException refused) {
      if (doubtful) {
        return new Attempt.Inconclusive(message(refused));
      }
      throw refused;
    } catch (PenstockException failure) {
      return failure.code() == ErrorCode.INTERRUPTED
          ? new Attempt.Inconclusive(message(failure))
          : whenUnknown(key, message(failure));
    }
    return switch (answer) {
      case PutResult.Stored _ -> new Attempt.Certain(new Result.Created());
      case PutResult.Exists _ -> whenExists(key);
      case PutResult.Unknown unknown -> whenUnknown(key, unknown.reason());
    };
  }

  /// After a refusal: the key is taken, perhaps by an attempt of our own whose answer was lost.
  Attempt whenExists(String key) {
    return readBack(key, "the store said that the key is taken");
  }

  /// After a lost answer.
  Attempt whenUnknown(String key, String reason) {
    return readBack(key, reason);
  }

  /// What is under the key; if nothing is, the put may still be applied.
  Attempt readBack(String key, String reason) {
    Optional<StoredObject> found;
    try {
      found = store.get(key, MetadataStore.MAX_OBJECT_BYTES);
    } catch (PenstockException failure) {
      return new Attempt.Inconclusive(reason + "; reading back failed: " + message(failure));
    }
    return found.isPresent()
        ? new Attempt.Certain(new Result.Found(found.get().content()))
        : whenAbsent(reason);
  }

  /// After a put whose outcome is unknown and which is not there, yet.
  Attempt whenAbsent(String reason) {
    return new Attempt.Inconclusive(reason + "; not there when read back");
  }

  private static String message(PenstockException failure) {
    return failure.code().id() + ": " + failure.getMessage();
  }
}
