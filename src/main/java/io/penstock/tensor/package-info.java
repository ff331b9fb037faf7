/// Element types, shapes and regions: the values that every room speaks in; and the hash and the
/// permutation behind every order of samples, written or read.
@NullMarked
package io.penstock.tensor;

import org.jspecify.annotations.NullMarked;
