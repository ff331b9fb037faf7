/// Element types, shapes and regions: the values that every room speaks in.
@NullMarked
package io.penstock.tensor;

import org.jspecify.annotations.NullMarked;
