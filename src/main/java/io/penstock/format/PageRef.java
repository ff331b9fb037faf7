package io.penstock.format;

/// A page of a fragment list, as a record or a higher page names it.
///
/// @param id its key is `__penstock/pages/<id>`
/// @param level 0: lists fragments; n: lists pages of level n−1
/// @param fragments all fragments below it
/// @param rows all rows below it
/// @param bytes all stored bytes below it
/// @param digest SHA-256 of the page's bytes
public record PageRef(String id, int level, long fragments, long rows, long bytes, Digest digest) {}
