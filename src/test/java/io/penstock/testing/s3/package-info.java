/// An S3 server inside the JVM that checks signatures, keeps S3's conditions exactly, and
/// misbehaves when a test asks for it.
@NullMarked
package io.penstock.testing.s3;

import org.jspecify.annotations.NullMarked;
