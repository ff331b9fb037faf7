package io.penstock.load;

/// The samples that a loader goes over, and what names them in its state.
///
/// @param space the live samples of the version, or of a view of it
/// @param content digest of the version's content, in hexadecimal digits; may be empty
/// @param view hash of the view, in hexadecimal digits; empty for the whole version
public record OrderSource(SampleSpace space, String content, String view) {}
