package io.penstock.testing.s3;

/// The requests that the server knows.
public enum S3Operation {
  /// GET of an object or a range of it.
  GET,
  /// HEAD of an object.
  HEAD,
  /// PUT of an object.
  PUT,
  /// DELETE of an object.
  DELETE,
  /// A page of keys.
  LIST,
  /// The beginning of a multipart upload.
  BEGIN_UPLOAD,
  /// A part of a multipart upload.
  PART,
  /// The end of a multipart upload.
  COMPLETE,
  /// The abandonment of a multipart upload.
  ABORT,
  /// PUT of a bucket.
  CREATE_BUCKET,
  /// Anything else: answered with 501.
  UNKNOWN
}
