package io.penstock.format;

import java.time.Instant;

/// An open writer.
///
/// @param id random, 26 lower-case characters; ids of what it writes begin with it
/// @param branch that it will commit to
/// @param life of that branch
/// @param head number of the version it started from; −1 before the first
/// @param started when it began, whole milliseconds
/// @param renewed when it was last known to be alive
public record SessionRecord(
    String id, String branch, long life, long head, Instant started, Instant renewed) {}
