/// Conversion: samples out of the files of others, into datasets.
@NullMarked
package io.penstock.convert;

import org.jspecify.annotations.NullMarked;
