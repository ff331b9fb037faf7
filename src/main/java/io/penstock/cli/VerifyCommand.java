package io.penstock.cli;

import io.penstock.Dataset;
import io.penstock.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Checks a version and says what is damaged.
@CommandLine.Command(
    name = "verify",
    description = "Check every object and checksum of a version; exit code 7 if there is damage.")
final class VerifyCommand extends DatasetCommand {
  @Option(
      names = "--sample",
      paramLabel = "SHARE",
      converter = Share.class,
      description = "Check this share of the chunks only, such as 1%%. Default: all.")
  double share = 1;

  @Override
  int run(Dataset dataset) {
    List<Dataset.Problem> problems = new ArrayList<>();
    Dataset.Verification checked =
        dataset.verify(uri.wholeDataset().refOrLatest(), share, problems::add);
    print(
        Document.object(
            new Document.Fields()
                .with("ok", problems.isEmpty())
                .with("objects", checked.objects())
                .with("chunks", checked.chunks())
                .with("bytes", new ByteCount(checked.bytes()))
                .with("problems", problems.stream().map(VerifyCommand::row).toList()),
            "problems",
            problems.stream().map(problem -> problem.code() + " " + problem.object()).toList()));
    if (problems.isEmpty()) {
      return SUCCESS;
    }
    terminal().say(spec.qualifiedName() + ": " + problems.size() + " problems");
    terminal().say("  next: " + Advice.damaged());
    return ErrorCode.DATA_CORRUPT.exitCode();
  }

  private static Object row(Dataset.Problem problem) {
    return new Document.Fields()
        .with("code", problem.code())
        .with("object", problem.object())
        .with("tensor", problem.tensor().isEmpty() ? null : problem.tensor())
        .with(
            "samples",
            problem.fromSample() < 0 ? null : List.of(problem.fromSample(), problem.toSample()))
        .with("message", problem.message())
        .map();
  }

  /// Reads `1%` and `0.01`.
  static final class Share implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      boolean percent = text.endsWith("%");
      try {
        double value =
            Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text)
                / (percent ? 100 : 1);
        if (value > 0 && value <= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is no share such as 1%");
      }
      throw new TypeConversionException("'" + text + "' is not above 0 and at most 100%");
    }
  }
}
