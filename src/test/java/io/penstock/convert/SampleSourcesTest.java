package io.penstock.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.CorruptDataException;
import io.penstock.error.ErrorCode;
import io.penstock.error.NotFoundException;
import io.penstock.error.PenstockException;
import io.penstock.error.RefusedException;
import io.penstock.format.TensorSpec;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleSourcesTest {
  @TempDir Path folder;

  private Path npy(String name, int samples) throws IOException {
    Path file = folder.resolve(name);
    Files.write(file, SourceContent.npy("|u1", false, Shape.of(samples), new byte[samples]));
    return file;
  }

  @ParameterizedTest
  @CsvSource({
    "08,uint8,1",
    "09,int8,1",
    "0b,int16,2",
    "0c,int32,4",
    "0d,float32,4",
    "0e,float64,8"
  })
  void everyTypeAndRankOfIdxIsRead(String code, String type, int width) throws IOException {
    for (int rank = 1; rank <= 4; rank++) {
      byte[] head = new byte[4 + 4 * rank];
      head[2] = Byte.parseByte(code, 16);
      head[3] = (byte) rank;
      int elements = 1;
      for (int axis = 0; axis < rank; axis++) {
        head[4 + 4 * axis + 3] = (byte) (axis + 2);
        elements *= axis + 2;
      }
      byte[] file = java.util.Arrays.copyOf(head, head.length + elements * width);
      for (int i = head.length; i < file.length; i++) {
        file[i] = (byte) i;
      }
      Path path = folder.resolve("a.idx");
      Files.write(path, file);

      SourceContent content = SourceContent.of(path);

      assertThat(SourceContent.schema(false, path.toString()).getFirst()).startsWith("a " + type);
      assertThat(content.samples()).isEqualTo(2);
      assertThat(content.bytes("a")[0])
          .as("little-endian")
          .isEqualTo(file[head.length + width - 1]);
      assertThat(content.bytes("a")).hasSize(elements * width);
    }
  }

  @Test
  void severalInputsAreTensorsOfTheSameSamples() throws IOException {
    SourceContent content =
        SourceContent.of(2, false, "x=" + npy("a.npy", 5), npy("b.npy", 5).toString());

    assertThat(content.tensors()).containsExactly("x", "b");
    assertThat(content.samples()).isEqualTo(5);
    assertThat(content.blocks()).isEqualTo(5);
  }

  @Test
  void inputsOfUnequalCountsAreRefused_withBothCounts() throws IOException {
    String a = npy("a.npy", 5).toString();
    String b = npy("b.npy", 6).toString();

    assertThatThrownBy(() -> SourceContent.of(1, false, a, b))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("a.npy has 5")
        .hasMessageContaining("b.npy has 6");
  }

  @Test
  void inputsOfUnequalCountsAreRefusedAtTheEnd_whenOneDoesNotTellItsCount() throws IOException {
    List<SourceSpec> known = List.of(SourceSpec.parse(npy("a.npy", 3).toString()));
    ZippedSource zipped =
        new ZippedSource(
            "both", List.of(SampleSources.open(known, false), new Untold(2)), () -> {});

    assertThatThrownBy(() -> SourceContent.read(zipped, 2))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("untold has 2")
        .hasMessageContaining("a.npy has more");
    zipped.close();
  }

  @Test
  void twoTensorsOfOneNameAreRefused() throws IOException {
    String a = npy("a.npy", 5).toString();

    assertThatThrownBy(() -> SourceContent.of(1, false, a, a))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("two tensors are named a")
        .hasMessageContaining("NAME=");
  }

  @Test
  void aMissingInputIsNotFound() {
    assertThatThrownBy(() -> SourceContent.of(folder.resolve("none.npy")))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("none.npy");
  }

  @Test
  void oneArrayOfAnNpzCanBeChosen() {
    String file = NpySourceTest.resource("two.npz").toString();

    assertThat(SourceContent.schema(false, "z=" + file + "#y")).containsExactly("z float32[3]");
    assertThatThrownBy(() -> SourceContent.schema(false, file + "#w"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("[x, y]");
    assertThatThrownBy(() -> SourceContent.schema(false, "z=" + file))
        .isInstanceOf(PenstockException.class)
        .hasMessageContaining("two.npz");
  }

  @Test
  void aFileNameThatIsNoTensorNameNeedsAName() throws IOException {
    Path file = npy("my data.npy", 2);

    assertThatThrownBy(() -> SourceContent.of(file))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("say NAME=");
    assertThat(SourceContent.of(1, false, "x=" + file).samples()).isEqualTo(2);
  }

  @Test
  void aColumnMajorArrayAboveItsLimitIsRefused_beforeMemoryIsTaken() throws IOException {
    Path file = folder.resolve("f.npy");
    long samples = ArraySource.MAX_COLUMN_MAJOR_BYTES;
    byte[] head = SourceContent.npy("|u1", true, Shape.of(samples, 2), new byte[0]);
    try (var sparse = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(head);
      sparse.setLength(head.length + 2 * samples);
    }

    assertThatThrownBy(() -> SourceContent.of(file))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Fortran order")
        .extracting(e -> ((PenstockException) e).code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
  }

  /// A source that does not know its count.
  private static final class Untold implements SampleSource {
    private int left;

    Untold(int count) {
      left = count;
    }

    @Override
    public String origin() {
      return "untold";
    }

    @Override
    public List<TensorSpec> tensors() {
      return List.of(TensorSpec.of("untold", DataType.UINT8, Shape.SCALAR));
    }

    @Override
    public OptionalLong samples() {
      return OptionalLong.empty();
    }

    @Override
    public int fitting(long maxBytes) {
      return (int) Math.min(left, maxBytes);
    }

    @Override
    public List<Column> read(int samples, SegmentAllocator memory) {
      left -= samples;
      return List.of(new Column.Fixed(memory.allocate(samples)));
    }

    @Override
    public void close() {}
  }
}
