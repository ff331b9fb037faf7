package io.penstock.read;

/// A chunk of an array. Arrays are compared by identity: there is one for each fragment and tensor
/// as long as anybody reads it.
record ChunkKey(StoredArray array, long chunk) {}
