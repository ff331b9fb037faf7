/// What can go wrong, as types: each exception says what the caller can do next.
@NullMarked
package io.penstock.error;

import org.jspecify.annotations.NullMarked;
