/// The writing line: encode, pack, put.
@NullMarked
package io.penstock.write;

import org.jspecify.annotations.NullMarked;
