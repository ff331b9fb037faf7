/// What the Zarr readers of others make of our fragments.
@NullMarked
package io.penstock.interop;

import org.jspecify.annotations.NullMarked;
