/// The front door: datasets, versions, tensors, writers.
@NullMarked
package io.penstock;

import org.jspecify.annotations.NullMarked;
