/// A store over S3.
@NullMarked
package io.penstock.s3;

import org.jspecify.annotations.NullMarked;
