/// The reading line: plan, fetch, decode, assemble.
@NullMarked
package io.penstock.read;

import org.jspecify.annotations.NullMarked;
