package io.penstock.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.FragmentEntry;
import io.penstock.format.ObjectKeys;
import io.penstock.format.Operation;
import io.penstock.format.VersionLink;
import io.penstock.store.ObjectInfo;
import io.penstock.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the committers of a simulation were told, and whether that is what is on the store.
final class CommitHistory {
  private final List<Told> told = new ArrayList<>();
  private final Map<String, Long> newestAcknowledged = new HashMap<>();

  /// What one committer was told of one commit.
  ///
  /// @param branch that it went to
  /// @param session of it
  /// @param fragments ids of what it appended
  /// @param answer what it was told; null if it crashed before
  private record Told(String branch, String session, List<String> fragments, Answer answer) {}

  /// What a committer can be told.
  enum Answer {
    /// It is committed.
    COMMITTED,
    /// It is not, and never will be.
    FAILED,
    /// Nobody knows.
    UNKNOWN,
    /// Nothing: the committer crashed.
    NOTHING
  }

  /// Notes what a committer was told.
  void note(Session session, Append append, Answer answer) {
    told.add(new Told(session.branch(), session.id(), TestAppends.ids(append), answer));
  }

  /// Notes an acknowledged version.
  void acknowledged(StoredVersion version) {
    newestAcknowledged.merge(version.link().branch(), version.number(), Math::max);
  }

  /// The newest version of a branch that somebody was told is committed.
  long newestAcknowledged(String branch) {
    return newestAcknowledged.getOrDefault(branch, 0L);
  }

  /// Checks one life of a branch and everything that was told of commits to it.
  ///
  /// @param store without faults, when nothing is under way any more
  void check(Store store, String branch, long life, Optional<VersionLink> start) {
    MetadataStore records = new MetadataStore(store);
    List<StoredVersion> versions = chain(store, records, branch, life, start);
    Map<String, Long> numbers = new HashMap<>();
    Set<String> commits = new HashSet<>();
    Set<String> revoked = new HashSet<>();
    List<FragmentEntry> before =
        start.map(link -> entries(records, records.version(link))).orElse(List.of());
    boolean ended = false;
    for (StoredVersion version : versions) {
      assertThat(ended).as("S3: %s follows the end of its branch", version).isFalse();
      ended = version.record().operation() == Operation.CLOSE;
      assertThat(commits.add(version.record().commit()))
          .as("S4: %s repeats a commit", version)
          .isTrue();
      version.record().revokes().ifPresent(revoked::add);
      List<FragmentEntry> all = entries(records, version);
      assertThat(all.subList(0, before.size()))
          .as("%s goes on from its parent", version)
          .isEqualTo(before);
      for (FragmentEntry added : all.subList(before.size(), all.size())) {
        assertThat(numbers.put(added.id(), version.number()))
            .as("S4: %s is there twice", added.id())
            .isNull();
        assertThat(revoked.stream().anyMatch(added.id()::startsWith))
            .as("%s holds %s of a session that was revoked before", version, added.id())
            .isFalse();
      }
      before = all;
    }
    told.stream()
        .filter(one -> one.branch().equals(branch))
        .forEach(one -> check(store, numbers, one));
  }

  private static void check(Store store, Map<String, Long> numbers, Told told) {
    Set<Long> found = new HashSet<>();
    told.fragments().forEach(id -> found.add(numbers.getOrDefault(id, -1L)));
    assertThat(found).as("S4: %s is in one version or in none", told).hasSize(1);
    boolean committed = !found.contains(-1L);
    switch (told.answer()) {
      case COMMITTED -> assertThat(committed).as("S5: %s is there", told).isTrue();
      case FAILED -> assertThat(committed).as("S6: %s is there", told).isFalse();
      case UNKNOWN ->
          assertThat(store.stat(ObjectKeys.session(told.session())))
              .as("S7: %s deleted its session", told)
              .isPresent();
      case NOTHING -> {}
    }
  }

  private static List<StoredVersion> chain(
      Store store, MetadataStore records, String branch, long life, Optional<VersionLink> start) {
    List<StoredVersion> versions = new ArrayList<>();
    Optional<VersionLink> parent = start;
    long number = start.map(link -> link.number() + 1).orElse(0L);
    for (ObjectInfo object : store.list(ObjectKeys.versions(branch, life), "", 1000).objects()) {
      if (!object.key().endsWith(".json")) {
        continue;
      }
      StoredVersion version =
          records
              .version(branch, life, number)
              .orElseThrow(() -> new AssertionError("S3: hole before " + object.key()));
      assertThat(ObjectKeys.version(branch, life, number))
          .as("S3: no holes")
          .isEqualTo(object.key());
      assertThat(version.record().parent()).as("S3: parent of %s", version).isEqualTo(parent);
      versions.add(version);
      parent = Optional.of(version.link());
      number++;
    }
    return versions;
  }

  private static List<FragmentEntry> entries(MetadataStore records, StoredVersion version) {
    List<FragmentEntry> entries =
        new FragmentList(records, new Together(Runnable::run)).read(version.record());
    long nextId = 0;
    for (FragmentEntry entry : entries) {
      assertThat(entry.firstSampleId())
          .as("ids of %s in %s", entry.id(), version)
          .isEqualTo(nextId);
      nextId += entry.rows();
    }
    assertThat(version.record().nextSampleId()).isEqualTo(nextId);
    return entries;
  }
}
