/// Objects: keys, ranges, conditions. In memory, in a local directory, or behind another room.
@NullMarked
package io.penstock.store;

import org.jspecify.annotations.NullMarked;
