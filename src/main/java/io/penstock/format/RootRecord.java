package io.penstock.format;

import java.time.Instant;

/// What the dataset's root `zarr.json` says of it, under `attributes.penstock`.
///
/// @param format the format version, 1
/// @param datasetId 32 hexadecimal digits
/// @param created whole milliseconds
public record RootRecord(int format, String datasetId, Instant created) {}
