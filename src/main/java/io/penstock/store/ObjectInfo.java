package io.penstock.store;

import java.time.Instant;

/// What a store knows of an object.
///
/// @param key relative to the store's root
/// @param bytes length of the object
/// @param etag the store's tag of these very bytes, opaque
/// @param modified when it was last written, by the store's own clock
public record ObjectInfo(String key, long bytes, String etag, Instant modified) {}
