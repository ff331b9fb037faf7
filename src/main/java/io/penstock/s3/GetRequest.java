package io.penstock.s3;

import io.penstock.store.ByteRange;
import java.net.InetSocketAddress;
import java.util.Optional;

/// One ranged GET.
///
/// @param key the object, relative to the store's root
/// @param range absolute; of a read that goes on, only what is missing
/// @param etag the tag that the object must have, or empty for the first request of an object
/// @param avoid an address of the service that another one is better than, if there is another one
record GetRequest(
    String key, ByteRange range, Optional<String> etag, Optional<InetSocketAddress> avoid) {}
