package io.penstock.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.format.Schema;
import io.penstock.format.TensorSpec;
import io.penstock.s3.S3Options;
import io.penstock.s3.S3Store;
import io.penstock.store.MemoryStore;
import io.penstock.store.Store;
import io.penstock.tensor.DataType;
import io.penstock.tensor.Shape;
import io.penstock.testing.CountingStore;
import io.penstock.testing.MinioServer;
import io.penstock.testing.Operation;
import io.penstock.testing.s3.S3Parts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/// A fragment on a real S3 server has the same bytes as one in memory.
class FragmentWriterMinioIT {
  private static final long MIB = 1L << 20;
  private static final Schema SCHEMA =
      new Schema(
          List.of(
              TensorSpec.of("image", DataType.UINT8, Shape.of(1 << 16)),
              TensorSpec.of("text", DataType.UINT8, Shape.of(Shape.RAGGED))));

  @Test
  void shardsThatGoOutInPartsArriveWhole_onMinio() {
    TestSamples samples =
        TestSamples.random(SCHEMA, 1200, 3, (random, _) -> random.nextInt(60_000));
    WriteOptions options =
        new WriteOptions(OptionalLong.empty(), MIB, 32 * MIB, "zstd:1", Optional.empty());
    try (MinioServer server = MinioServer.start();
        MemoryStore memory = new MemoryStore(() -> Instant.EPOCH);
        WriterRig rig = new WriterRig(96 * MIB, 2)) {
      server.createBucket("fragments");
      try (CountingStore store = new CountingStore(open(server))) {
        FragmentWriter.Written written = rig.write(store, samples, options, 64);
        assertThat(store.requests(Operation.COMPLETE)).isGreaterThan(1);
        assertThat(written).isEqualTo(rig.write(memory, samples, options, 1200));
        new StoredFragment(store, SCHEMA, written).checkEntry();
      }
    }
  }

  private static Store open(MinioServer server) {
    StaticCredentialsProvider credentials =
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(server.accessKey(), server.secretKey()));
    return new S3Store(
        S3Options.of("fragments", "dataset")
            .withEndpoint(server.endpoint())
            .withCredentials(new S3Options.Credentials.Provided(credentials)),
        S3Parts.real());
  }
}
