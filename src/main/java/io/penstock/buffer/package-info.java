/// Memory: one budget in bytes, slabs, slots, leases. Imports nothing of ours but errors.
@NullMarked
package io.penstock.buffer;

import org.jspecify.annotations.NullMarked;
