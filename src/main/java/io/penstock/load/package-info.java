/// Batches: the interfaces and values of a loader, without its machinery; and the order of samples,
/// [SampleOrder], a pure function.
@NullMarked
package io.penstock.load;

import org.jspecify.annotations.NullMarked;
