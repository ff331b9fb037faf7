package io.penstock.version;

import io.penstock.error.ConflictException;
import io.penstock.error.ErrorCode;
import io.penstock.error.TransientException;
import io.penstock.store.Store;

/// Mistakes that others have shipped, planted into the protocol to see that the simulation finds
/// them.
enum PlantedMistake {
  /// A refusal is reported as a conflict without looking whose record is there.
  REFUSAL_IS_A_CONFLICT {
    @Override
    Publication publication(Store store, Backoff backoff) {
      return new Publication(store, backoff) {
        @Override
        Attempt whenExists(String key) {
          throw new ConflictException(ErrorCode.COMMIT_CONFLICT, "planted");
        }
      };
    }
  },
  /// After a lost answer, an absent record is taken for a failure.
  ABSENT_IS_A_FAILURE {
    @Override
    Publication publication(Store store, Backoff backoff) {
      return new Publication(store, backoff) {
        @Override
        Attempt whenAbsent(String reason) {
          throw new TransientException(ErrorCode.STORE_UNAVAILABLE, "planted");
        }
      };
    }
  },
  /// After a lost answer, an absent record is taken for one that will come.
  ABSENT_IS_A_SUCCESS {
    @Override
    Publication publication(Store store, Backoff backoff) {
      return new Publication(store, backoff) {
        @Override
        Attempt whenAbsent(String reason) {
          return new Attempt.Certain(new Result.Created());
        }
      };
    }
  },
  /// A lost answer is reported as a failure at once.
  LOST_ANSWER_IS_A_FAILURE {
    @Override
    Publication publication(Store store, Backoff backoff) {
      return new Publication(store, backoff) {
        @Override
        Attempt whenUnknown(String key, String reason) {
          throw new TransientException(ErrorCode.STORE_UNAVAILABLE, "planted");
        }
      };
    }
  },
  /// The records since the session's head are passed over, fences and closes among them.
  RECORDS_SINCE_THE_HEAD_ARE_NOT_READ {
    @Override
    Committer committer(
        MetadataStore records,
        Publication publication,
        Together together,
        Backoff backoff,
        Drafts drafts) {
      return new Committer(records, publication, together, backoff, drafts) {
        @Override
        void catchUp(Session session) {
          RefLog refs = new RefLog(null, records, publication, together, null);
          session.advance(new Heads(records, refs, together).find(session.branch()).newest());
        }
      };
    }
  };

  Publication publication(Store store, Backoff backoff) {
    return new Publication(store, backoff);
  }

  Committer committer(
      MetadataStore records,
      Publication publication,
      Together together,
      Backoff backoff,
      Drafts drafts) {
    return new Committer(records, publication, together, backoff, drafts);
  }

  /// A log's pieces with the mistake among them.
  Workings assemble(VersionLog.Parts parts) {
    return Workings.of(parts, this::publication, this::committer);
  }
}
