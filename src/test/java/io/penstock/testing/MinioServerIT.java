package io.penstock.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class MinioServerIT {
  @Test
  void answers_whenItRunsInAContainer() throws Exception {
    try (MinioServer minio = MinioServer.startContainer()) {
      assertThat(minio.container()).isTrue();
      assertThat(statusOf(minio)).isEqualTo(200);
    }
  }

  @Test
  void answers_whenItRunsAsAProgram() throws Exception {
    try (MinioServer minio = MinioServer.startProgram(Environment.minio())) {
      assertThat(minio.container()).isFalse();
      assertThat(statusOf(minio)).isEqualTo(200);
    }
  }

  private static int statusOf(MinioServer minio) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(minio.endpoint().resolve("/minio/health/ready")).build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }
}
