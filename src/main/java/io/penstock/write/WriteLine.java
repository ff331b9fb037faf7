package io.penstock.write;

import io.penstock.store.Store;

/// What all arrays of one fragment share on their way to the store.
///
/// @param monitor lock and first failure
/// @param stage encodes
/// @param store receives
/// @param gate in front of the store
/// @param tasks threads that wait for the store
/// @param fragment key of the fragment
record WriteLine(
    Monitor monitor,
    EncodeStage stage,
    Store store,
    StoreGate gate,
    TaskGroup tasks,
    String fragment) {
  ShardUpload upload(String key) {
    return new ShardUpload(monitor, store, tasks, gate, key);
  }
}
