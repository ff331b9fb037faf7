package io.penstock.version;

import io.penstock.error.ErrorCode;
import io.penstock.error.RefusedException;
import io.penstock.error.TransientException;
import io.penstock.format.ObjectKeys;
import io.penstock.store.Store;
import io.penstock.store.StoreProbe;

/// Makes sure, once and before the first write, that the store keeps the condition on which every
/// commit rests. Thread-safe.
final class Conditions {
  private final Store store;
  private final Ids ids;
  private volatile boolean known;

  /// @param singleWriter somebody promised that nobody else writes: conditions do not matter
  Conditions(Store store, Ids ids, boolean singleWriter) {
    this.store = store;
    this.ids = ids;
    this.known = singleWriter;
  }

  /// Probes the store unless that was done.
  ///
  /// @throws RefusedException `STORE_INCAPABLE`
  void require() {
    if (known) {
      return;
    }
    known =
        switch (StoreProbe.probe(store, ObjectKeys.probes(), ids::session)) {
          case StoreProbe.Finding.Capable _ -> true;
          case StoreProbe.Finding.Incapable incapable ->
              throw new RefusedException(
                  ErrorCode.STORE_INCAPABLE,
                  "the store "
                      + store.uri()
                      + " does not keep the condition of create-only puts, so concurrent commits"
                      + " would be lost: "
                      + incapable.reason()
                      + "; it can be written only with the promise of a single writer");
          case StoreProbe.Finding.Undecided undecided ->
              throw new TransientException(
                  ErrorCode.STORE_UNAVAILABLE,
                  "it could not be found out whether the store "
                      + store.uri()
                      + " keeps conditions: "
                      + undecided.reason());
        };
  }
}
