/// Images: encoded bytes to pixels, by the readers of the JDK; and [ImageDecoder], with which a
/// loader hands over pixels of a dataset that stores encoded images.
@NullMarked
package io.penstock.image;

import org.jspecify.annotations.NullMarked;
