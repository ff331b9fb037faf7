package io.penstock.testing;

/// A request to a simulated store.
///
/// @param process who makes it
/// @param number how many requests the process made before
/// @param operation what it asks for
/// @param key the object, or the prefix of a listing
public record Request(String process, long number, Operation operation, String key) {}
