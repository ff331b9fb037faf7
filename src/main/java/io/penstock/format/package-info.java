/// What lies on the store, as records; bytes to records and back; no I/O.
@NullMarked
package io.penstock.format;

import org.jspecify.annotations.NullMarked;
