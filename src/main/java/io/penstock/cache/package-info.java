/// The disk tier: a local directory, with a budget in bytes, that keeps chunks of remote objects.
/// Its door are [io.penstock.cache.DiskCache] and the [io.penstock.cache.CachedStore] it makes.
@NullMarked
package io.penstock.cache;

import org.jspecify.annotations.NullMarked;
