/// Batches: the interfaces and values of a loader, without its machinery.
@NullMarked
package io.penstock.load;

import org.jspecify.annotations.NullMarked;
