/// Measuring: how fast datasets are read and written, and at what cost.
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
