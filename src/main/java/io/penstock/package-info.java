/// The front door: datasets, their versions and their tensors.
@NullMarked
package io.penstock;

import org.jspecify.annotations.NullMarked;
