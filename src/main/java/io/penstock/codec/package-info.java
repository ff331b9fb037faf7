/// Elements to bytes and back: the three kinds of Zarr v3 codecs and their chains.
@NullMarked
package io.penstock.codec;

import org.jspecify.annotations.NullMarked;
