package io.penstock.testing.s3;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// What goes wrong with one request, on the wire.
public sealed interface WireFault {
  /// Nothing.
  record None() implements WireFault {}

  /// An error is answered, and nothing is done.
  ///
  /// @param status of the answer
  /// @param code in the error document
  record Refused(int status, String code) implements WireFault {}

  /// The connection is reset before anything is done.
  record ResetBefore() implements WireFault {}

  /// The request is carried out, and the connection is reset instead of the answer.
  record ResetAfter() implements WireFault {}

  /// The connection is reset, and the request is carried out when [S3TestServer#settle] is called.
  record AppliedLate() implements WireFault {}

  /// The connection is closed after some bytes of the answer's body.
  ///
  /// @param bodyBytes how many are sent
  record CutBody(int bodyBytes) implements WireFault {}

  /// More bytes follow the answer's body than its head promised.
  ///
  /// @param count how many
  record ExtraBytes(int count) implements WireFault {}

  /// The range is ignored: the whole object, with 200.
  record RangeIgnored() implements WireFault {}

  /// The answer's range begins a byte later than asked for; as many bytes come.
  record WrongRange() implements WireFault {}

  /// One bit of the answer's body is wrong.
  ///
  /// @param at in which byte, counted on from the start at the body's end
  record FlippedBit(int at) implements WireFault {}

  /// The head is right, and every byte of the body is another object's.
  record OtherBytes() implements WireFault {}

  /// The answer comes later and more slowly than others.
  ///
  /// @param firstByte how long its body takes to begin, after its head
  /// @param bytesPerSecond how fast its body comes; 0: as fast as can be
  record Slow(Duration firstByte, long bytesPerSecond) implements WireFault {}

  /// The answer begins and comes as many times as slowly as others of its address.
  ///
  /// @param factor 1 or more
  record Straggler(double factor) implements WireFault {}

  /// The answer bears another object's ETag.
  record OtherTag() implements WireFault {}

  /// `If-None-Match` and `If-Match` are ignored.
  record ConditionIgnored() implements WireFault {}

  /// 200 with an error document.
  ///
  /// @param carriedOut whether the request is carried out all the same
  record ErrorDocument(boolean carriedOut) implements WireFault {}

  /// The request waits, then all is well.
  ///
  /// @param arrived is counted down when the request has arrived
  /// @param go is waited for
  record Gate(CountDownLatch arrived, CountDownLatch go) implements WireFault {}

  /// The answer stalls in its body.
  ///
  /// @param bodyBytes how many are sent before
  /// @param arrived is counted down when they have been sent
  /// @param go is waited for
  record Stall(int bodyBytes, CountDownLatch arrived, CountDownLatch go) implements WireFault {}
}
