package io.penstock.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.s3.SimulatedGets.Answer;
import io.penstock.store.RangeRequest;
import io.penstock.store.StoreCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What is decided about exchanges that are silent, late or slow, and what becomes of their pieces;
/// the clock is set by hand, and no request leaves.
class LineWatchTest {
  private static final long MILLIS = 1_000_000;
  private static final long STEP = LineWatch.STEP.toMillis();
  private static final long STALL = 2_000;
  private static final long HEDGE_DELAY = 200;
  private static final long BYTES = 6_000_000;

  // Of the 5,400,000 bytes that are missing after 200 ms, two bodies of 3 and of 60 MB/s.
  private static final long EARLIER_END = BYTES - 5_400_000L * 60 / 63;

  private final LineTally tally = new LineTally();
  private final HedgeBudget budget = new HedgeBudget();
  private final LineWatch watch =
      new LineWatch(Duration.ofMillis(STALL), new Stragglers(budget), tally);
  private final GetLine line = idleLine();
  private long now = 12_345 * MILLIS;

  private static GetLine idleLine() {
    VirtualTime time = new VirtualTime();
    return new GetLine(
        new SimulatedGets(time, (_, _, _) -> Answer.whole(0, 1), _ -> new byte[0], BYTES, 1),
        1,
        S3Options.of("bucket", ""),
        new S3Failures("bucket", "Test"),
        new GetLine.Parts(time, new Random(1), time, new HedgeBudget()));
  }

  // --- what the line does with exchanges --------------------------------------------------------

  private LinePiece piece() {
    return new LineRead(line, RangeRequest.of("k", 0, BYTES), List::of).pieces().getFirst();
  }

  private LineExchange send(LinePiece piece, boolean hedge) {
    GetRequest request = new GetRequest("k", piece.missing(), Optional.empty(), Optional.empty());
    LineExchange exchange = new LineExchange(line, piece, request, hedge, watch.sent(), now);
    piece.flying().add(exchange);
    watch.left(exchange);
    return exchange;
  }

  private LineExchange send() {
    return send(piece(), false);
  }

  private List<LineExchange> send(int count) {
    List<LineExchange> sent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sent.add(send());
    }
    return sent;
  }

  private void begin(LineExchange exchange) {
    watch.answered(exchange, now);
    exchange.began(now);
    exchange.piece().begins(exchange);
  }

  private void end(LineExchange exchange) {
    watch.ended(exchange, now);
    exchange.piece().ended(exchange);
  }

  /// An exchange that has been answered with all its bytes.
  private void comes(LineExchange exchange, long firstByteMillis, long bodyMillis) {
    now += firstByteMillis * MILLIS;
    begin(exchange);
    now += bodyMillis * MILLIS;
    exchange.progressed(BYTES);
    end(exchange);
    watch.succeeded();
  }

  /// Lets the watch learn what is usual: 30 ms to the first byte, 60 MB/s; and earn three helpers.
  private void learn() {
    for (int i = 0; i < 32; i++) {
      comes(send(), 30, 100);
    }
    watch.look(now);
  }

  /// How many more may be helped.
  private int helpersLeft() {
    int left = 0;
    while (budget.affords(now)) {
      budget.spend();
      left++;
    }
    return left;
  }

  /// Looks at every step for so long, and returns what the last look found.
  private LineWatch.Findings pass(long millis) {
    LineWatch.Findings found = watch.look(now);
    for (long passed = 0; passed < millis; passed += STEP) {
      now += STEP * MILLIS;
      found = watch.look(now);
    }
    return found;
  }

  private StoreCounts.Reads counts() {
    return tally.counts(1).reads();
  }

  // --- who is under way -------------------------------------------------------------------------

  @Test
  void thoseThatLeftAreCountedAndThoseUnderWayAreKnown_untilTheyEnd() {
    LineExchange first = send();
    LineExchange second = send();
    assertThat(watch.sent()).isEqualTo(2);
    assertThat(watch.count()).isEqualTo(2);
    assertThat(watch.reads()).containsExactly(first.piece().read(), second.piece().read());

    end(first);

    assertThat(watch.sent()).isEqualTo(2);
    assertThat(watch.count()).isEqualTo(1);
    assertThat(watch.reads()).containsExactly(second.piece().read());
  }

  @Test
  void everyByteIsCountedOnce_whetherItIsSeenOnTheWayOrAtTheEnd() {
    LineExchange first = send();
    LineExchange second = send();
    first.progressed(10);
    second.progressed(100);
    assertThat(watch.look(now).bytes()).isEqualTo(110);
    assertThat(watch.look(now).bytes()).isZero();

    first.progressed(5);
    end(first);
    second.progressed(1);
    assertThat(watch.look(now).bytes()).isEqualTo(6);
    assertThat(watch.look(now).bytes()).isZero();
  }

  // --- silent -----------------------------------------------------------------------------------

  @Test
  void silentOneIsGivenUpOnce_whenNothingHasComeForTheStall() {
    LineExchange exchange = send();
    assertThat(pass(STALL - STEP).silent()).isEmpty();
    assertThat(exchange.isActive()).isTrue();

    assertThat(pass(STEP).silent()).containsExactly(exchange);
    assertThat(exchange.givenUp()).isEqualTo(LineExchange.GivenUp.STALLED);
    assertThat(pass(STALL).silent()).isEmpty();
    assertThat(watch.count()).as("its end is still to come").isEqualTo(1);
  }

  @Test
  void whatComesAFewBytesAtATimeIsSilent_andFourKibibytesAreProgress() {
    LineExchange dripping = send();
    LineExchange slow = send();
    begin(dripping);
    begin(slow);
    pass(STALL / 2);
    dripping.progressed(4095);
    slow.progressed(4096);

    assertThat(pass(STALL / 2).silent()).containsExactly(dripping);
    assertThat(pass(STALL / 2 - STEP).silent()).isEmpty();
    assertThat(pass(STEP).silent()).containsExactly(slow);
  }

  @Test
  void patienceBeginsAnew_whenTheAnswerBegins() {
    LineExchange exchange = send();
    pass(STALL - STEP);
    begin(exchange);

    assertThat(pass(STALL - STEP).silent()).isEmpty();
    assertThat(pass(STEP).silent()).containsExactly(exchange);
  }

  @Test
  void nothingIsSilentOrLateOrSlow_whenTheWholeProcessPaused() {
    learn();
    LineExchange landing = send();
    begin(landing);
    pass(60);
    landing.progressed(BYTES * 6 / 10);
    watch.look(now);
    LineExchange waiting = send();
    now += Duration.ofHours(1).toNanos();

    LineWatch.Findings found = watch.look(now);
    assertThat(found.silent()).isEmpty();
    assertThat(found.late()).isEmpty();
    assertThat(found.slow()).isEmpty();

    // The pause counts as five steps.
    found = pass(STALL - 6 * STEP);
    assertThat(found.silent()).isEmpty();
    assertThat(found.late()).containsExactly(waiting);
    assertThat(found.slow()).containsExactly(landing);
    assertThat(pass(STEP).silent()).containsExactly(landing, waiting);
  }

  @Test
  void usualSpeedStaysWhatItWas_whenTheProcessPausedInTheMiddleOfBodies() {
    learn();
    for (int i = 0; i < 256; i++) {
      LineExchange paused = send();
      now += 30 * MILLIS;
      begin(paused);
      paused.progressed(BYTES);
      now += Duration.ofHours(1).toNanos();
      end(paused);
    }

    // At 6 MB/s; that is slow beside 60, which the pauses count as, and usual beside what they
    // took.
    LineExchange slow = send();
    begin(slow);
    slow.progressed(BYTES / 10);
    assertThat(pass(100).slow()).containsExactly(slow);
  }

  // --- late -------------------------------------------------------------------------------------

  @Test
  void nobodyIsLate_whileLittleIsKnown() {
    send();
    assertThat(pass(STALL - STEP).late()).isEmpty();
  }

  @Test
  void lateOneIsToldAtEveryLook_fromTheDelayOnUntilItsAnswerBegins() {
    learn();
    LineExchange exchange = send();
    assertThat(pass(HEDGE_DELAY - STEP).late()).isEmpty();
    assertThat(pass(STEP).late()).containsExactly(exchange);
    assertThat(pass(STEP).late()).containsExactly(exchange);

    begin(exchange);
    assertThat(pass(STEP).late()).isEmpty();
  }

  @Test
  void lateOneIsHedged_unlessAnotherOneIsUnderWayForTheSameBytes() {
    learn();
    LineExchange alone = send();
    LineExchange helped = send();
    pass(HEDGE_DELAY - STEP);
    LineExchange helper = send(helped.piece(), true);
    LineWatch.Findings found = pass(STEP);
    assertThat(found.late()).containsExactly(alone, helped);

    assertThat(watch.toHedge(found, now)).containsExactly(alone);
    assertThat(counts().hedged()).isEqualTo(1);

    // Who is given up brings nothing: the other one is alone again.
    helper.giveUp(LineExchange.GivenUp.UNWANTED);
    assertThat(watch.toHedge(found, now)).contains(helped);
  }

  @Test
  void nobodyIsHedged_whenMoreThanATenthOfThoseThatLeftSinceAreLate() {
    learn();
    List<LineExchange> late = send(3);
    pass(HEDGE_DELAY - STEP);
    send(26);
    LineWatch.Findings found = pass(STEP);
    assertThat(found.late()).isEqualTo(late);
    assertThat(watch.toHedge(found, now)).as("3 of 29").isEmpty();

    send();
    assertThat(watch.toHedge(found, now)).as("3 of 30").isEqualTo(late);
  }

  @Test
  void twoAreHedged_howeverFewHaveLeftSince() {
    learn();
    List<LineExchange> late = send(2);
    assertThat(watch.toHedge(pass(HEDGE_DELAY), now)).isEqualTo(late);
  }

  @Test
  void onlyAsManyAreHedgedAsSuccessesPayFor() {
    learn();
    List<LineExchange> late = send(4);
    send(36).forEach(this::begin);

    assertThat(watch.toHedge(pass(HEDGE_DELAY), now)).isEqualTo(late.subList(0, 3));
    assertThat(helpersLeft()).isZero();
    assertThat(counts().hedged()).isEqualTo(3);
  }

  @Test
  void nobodyIsHedged_whenAllAnswersAreThreeTimesAsLateAsInTheBestOfTimes() {
    learn();
    LineExchange late = send();
    assertThat(watch.toHedge(pass(HEDGE_DELAY), now)).containsExactly(late);
    end(late);

    for (int i = 0; i < 256; i++) {
      comes(send(), 120, 100);
    }
    send();
    LineWatch.Findings found = pass(HEDGE_DELAY);
    assertThat(found.late()).hasSize(1);
    assertThat(watch.toHedge(found, now)).isEmpty();
    assertThat(counts().hedged()).isEqualTo(1);
  }

  @Test
  void lateOnesAreHedgedAgain_whenTheServiceHasBeenSlowForTwentyMinutes() {
    learn();
    end(watch.toHedge(late(), now).getFirst());
    for (int i = 0; i < 256; i++) {
      comes(send(), 120, 100);
    }
    LineWatch.Findings found = late();
    assertThat(watch.toHedge(found, now)).isEmpty();

    now += Duration.ofMinutes(20).toNanos(); // what was best has doubled twice
    assertThat(watch.toHedge(found, now)).isEqualTo(found.late());
  }

  /// One more is late.
  private LineWatch.Findings late() {
    send();
    return pass(HEDGE_DELAY);
  }

  // --- who answered first -----------------------------------------------------------------------

  @Test
  void rivalsForTheSameBytesAreGivenUp_andNobodyElse_whenOneBegins() {
    LineExchange first = send();
    LineExchange stalled = send(first.piece(), true);
    LineExchange hedge = send(first.piece(), true);
    LineExchange other = send();
    stalled.giveUp(LineExchange.GivenUp.STALLED);
    begin(hedge);

    assertThat(watch.overtake(hedge, now)).containsExactly(first);

    assertThat(first.givenUp()).isEqualTo(LineExchange.GivenUp.UNWANTED);
    assertThat(stalled.givenUp()).isEqualTo(LineExchange.GivenUp.STALLED);
    assertThat(hedge.isActive()).isTrue();
    assertThat(other.isActive()).isTrue();
    assertThat(counts().hedgesWon()).isEqualTo(1);
    assertThat(watch.overtake(hedge, now)).as("decided already").isEmpty();
  }

  @Test
  void hedgeHasNotWon_whenTheFirstOneBegins() {
    LineExchange first = send();
    LineExchange hedge = send(first.piece(), true);
    begin(first);

    assertThat(watch.overtake(first, now)).containsExactly(hedge);
    assertThat(counts().hedgesWon()).isZero();
  }

  @Test
  void nobodyIsHedged_whenHedgesKeepLosing() {
    learn();
    for (int i = 0; i < 16; i++) {
      LineExchange first = send();
      LineExchange hedge = send(first.piece(), true);
      now += 30 * MILLIS;
      begin(first);
      watch.overtake(first, now);
      end(hedge);
      end(first);
    }
    send();
    LineWatch.Findings found = pass(HEDGE_DELAY);
    assertThat(found.late()).hasSize(1);
    assertThat(watch.toHedge(found, now)).isEmpty();
  }

  // --- slow -------------------------------------------------------------------------------------

  private LineExchange sendAnswered() {
    LineExchange answered = send();
    now += 30 * MILLIS;
    begin(answered);
    return answered;
  }

  /// Bodies come at a twentieth of the usual speed.
  private LineWatch.Findings comesSlowly(LineExchange... slow) {
    for (LineExchange each : slow) {
      each.progressed(600_000);
    }
    return pass(200);
  }

  @Test
  void slowBodyIsToEndWhereAnotherRequestIsReadyAtTheSameTime() {
    learn();
    LineExchange slow = sendAnswered();
    assertThat(pass(80).slow()).as("its speed is not known yet").isEmpty();
    slow.progressed(600_000);
    LineWatch.Findings found = pass(120);
    assertThat(found.slow()).containsExactly(slow);
    assertThat(found.late()).isEmpty();

    assertThat(watch.toShorten(found, now))
        .containsExactly(new LineWatch.EarlierEnd(slow, EARLIER_END));
    assertThat(slow.isShortening()).isTrue();
    assertThat(watch.toShorten(watch.look(now), now)).as("asked already").isEmpty();
  }

  @Test
  void restIsAPieceOfItsOwn_whenTheExchangeEndsEarlier() {
    learn();
    LineExchange slow = sendAnswered();
    watch.toShorten(comesSlowly(slow), now);

    LinePiece rest = watch.shortened(slow, EARLIER_END).orElseThrow();

    assertThat(rest.missing().offset()).isEqualTo(EARLIER_END);
    assertThat(rest.missing().end()).isEqualTo(BYTES);
    assertThat(slow.piece().missing().end()).isEqualTo(EARLIER_END);
    assertThat(slow.isShortening()).isFalse();
    assertThat(slow.isShortened()).isTrue();
    assertThat(slow.end()).isEqualTo(EARLIER_END);
    assertThat(counts().stolen()).isEqualTo(1);
    assertThat(helpersLeft()).as("of three").isEqualTo(2);
  }

  @Test
  void nothingIsLeftOverAndItMayBeAskedAgain_whenTheTransportCannotEndItEarlier() {
    learn();
    LineExchange slow = sendAnswered();
    watch.toShorten(comesSlowly(slow), now);

    assertThat(watch.shortened(slow, slow.end())).isEmpty();

    assertThat(slow.isShortened()).isFalse();
    assertThat(slow.piece().missing().end()).isEqualTo(BYTES);
    assertThat(counts().stolen()).isZero();
    assertThat(watch.toShorten(watch.look(now), now)).hasSize(1);
    watch.shortened(slow, slow.end());
    assertThat(helpersLeft()).isEqualTo(3);
  }

  @Test
  void noMoreAreToEndEarlierAtOnceThanMayBeHelped() {
    learn();
    LineExchange[] slow = {sendAnswered(), sendAnswered(), sendAnswered(), sendAnswered()};
    assertThat(comesSlowly(slow).slow()).containsExactly(slow);
    send(36);

    assertThat(watch.toShorten(watch.look(now), now))
        .extracting(LineWatch.EarlierEnd::exchange)
        .containsExactly(slow[0], slow[1], slow[2]);
    assertThat(helpersLeft()).isZero();
  }

  @Test
  void nothingIsLeftOver_whenTheExchangeEndedMeanwhile() {
    learn();
    LineExchange slow = sendAnswered();
    watch.toShorten(comesSlowly(slow), now);
    end(slow);

    assertThat(watch.shortened(slow, EARLIER_END)).isEmpty();

    assertThat(slow.piece().missing().offset()).isEqualTo(600_000);
    assertThat(slow.piece().missing().end()).isEqualTo(BYTES);
    assertThat(slow.piece().read().pieces()).hasSize(1);
    assertThat(counts().stolen()).isZero();
  }

  @Test
  void nobodyIsToEndEarlier_whenMoreThanATenthOfThoseThatLeftSinceAreSlow() {
    learn();
    LineExchange first = sendAnswered();
    LineExchange second = sendAnswered();
    LineExchange third = sendAnswered();
    LineWatch.Findings found = comesSlowly(first, second, third);
    assertThat(found.slow()).containsExactly(first, second, third);
    assertThat(watch.toShorten(found, now)).isEmpty();

    send(27);
    assertThat(watch.toShorten(watch.look(now), now)).hasSize(3);
  }

  @Test
  void givenUpOneIsNeitherLateNorSlowNorSilent() {
    learn();
    send().giveUp(LineExchange.GivenUp.UNWANTED);
    LineExchange slow = sendAnswered();
    slow.giveUp(LineExchange.GivenUp.UNWANTED);

    LineWatch.Findings found = comesSlowly(slow);
    assertThat(found.late()).isEmpty();
    assertThat(found.slow()).isEmpty();
    assertThat(pass(STALL).silent()).isEmpty();
  }
}
