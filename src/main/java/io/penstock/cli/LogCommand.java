package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.Version;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// Lists the versions from one back to the first.
@CommandLine.Command(name = "log", description = "List versions, newest first.")
final class LogCommand extends DatasetCommand {
  @Option(
      names = {"-n", "--limit"},
      paramLabel = "N",
      description = "At most so many versions. Default: all.")
  long limit = Long.MAX_VALUE;

  @Override
  int run(Dataset dataset) {
    List<Object> rows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    try (Stream<Version> history = dataset.history(uri.wholeDataset().refOrLatest())) {
      Iterator<Version> versions = history.iterator();
      Version version = versions.hasNext() ? versions.next() : null;
      while (version != null && rows.size() < limit) {
        Version before = versions.hasNext() ? versions.next() : null;
        rows.add(row(version, before == null ? Optional.empty() : Optional.of(before)));
        names.add(version.name());
        version = before;
      }
    }
    print(Document.array(rows, names));
    return SUCCESS;
  }

  /// Deletion of samples is unknown to this release, so that all that is missing was deleted by a
  /// later one.
  private static Object row(Version version, Optional<Version> before) {
    long change = version.samples() - before.map(Version::samples).orElse(0L);
    return new Document.Fields()
        .with("version", version.name())
        .with("commit", version.record().commit())
        .with("time", version.record().time())
        .with("author", version.record().author())
        .with("message", version.record().message())
        .with("operation", version.record().operation().name().toLowerCase(Locale.ROOT))
        .with("samples", version.samples())
        .with("added", Math.max(0, change))
        .with("deleted", Math.max(0, -change))
        .with("bytes", new ByteCount(version.bytes()))
        .with("digest", version.digest().hex())
        .with("shuffle", Descriptions.shuffles(version, before))
        .map();
  }
}
