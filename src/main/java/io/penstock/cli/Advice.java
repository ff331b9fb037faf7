package io.penstock.cli;

import io.penstock.error.ErrorCode;

/// What to do after a failure, in one sentence.
final class Advice {
  private Advice() {}

  /// What to do about a version that is damaged.
  static String damaged() {
    return "restore the objects from a copy; samples that are not listed stay readable";
  }

  /// What to do after a failure with this code.
  static String next(ErrorCode code) {
    return switch (code) {
      case INVALID_ARGUMENT, INVALID_SYNTAX ->
          "correct the argument; penstock help COMMAND describes it";
      case LIMIT_EXCEEDED -> "ask for less at once, or raise the limit that the message names";
      case CLOSED -> "open it again";
      case INPUT_MALFORMED -> "repair or replace the input; nothing was committed";
      case DATASET_NOT_FOUND -> "check the URI, its bucket and prefix; penstock convert makes one";
      case VERSION_NOT_FOUND ->
          "penstock log URI, penstock branch URI and penstock tag URI list them";
      case TENSOR_NOT_FOUND -> "penstock schema URI lists the tensors";
      case SAMPLE_NOT_FOUND -> "check the id; ids are given by the commit and are not positions";
      case OBJECT_NOT_FOUND -> "check the name; for an object of a dataset run penstock verify URI";
      case DATASET_EXISTS -> "choose another place, or add samples with --append";
      case NAME_EXISTS -> "choose another name";
      case PRECONDITION_FAILED, COMMIT_CONFLICT ->
          "look at what the others committed (penstock log URI), then run the command again";
      case SESSION_FENCED -> "run the command again; nothing of this run was committed";
      case STORE_UNAVAILABLE -> "try again later; penstock doctor URI looks at the store";
      case NOT_PERMITTED ->
          "check credentials and permissions; penstock doctor URI says where they come from";
      case DATA_CORRUPT, DATA_MISSING, METADATA_CORRUPT ->
          "penstock verify URI lists what is damaged; other samples stay readable";
      case UNSUPPORTED -> "see what is supported, or use a newer release";
      case OUTCOME_UNKNOWN ->
          "penstock log URI shows whether the commit is there; do not repeat it before";
      case STORE_INCAPABLE ->
          "use a store with conditional writes, or --single-writer if nobody else writes";
      case INTERRUPTED -> "run the command again; nothing was committed";
      case INTERNAL -> "run it again with --debug and report what it prints";
    };
  }
}
