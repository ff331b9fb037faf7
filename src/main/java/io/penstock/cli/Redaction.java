package io.penstock.cli;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Takes secrets out of text before it reaches a terminal or a log: the values of the credential
/// variables, passwords in URLs, and the parameters that sign a URL.
final class Redaction {
  private static final String MASK = "***";
  private static final int SHORTEST_SECRET = 4;
  private static final List<String> VARIABLES =
      List.of("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID");
  private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/@\\s]+(?=@)");
  private static final Pattern SIGNED =
      Pattern.compile(
          "(?i)((?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature)=)[^&\\s\"]+");
  private static final Pattern KEY_ID = Pattern.compile("\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b");

  private Redaction() {}

  static String of(String text, Map<String, String> environment) {
    String clean = text;
    for (String variable : VARIABLES) {
      String secret = environment.get(variable);
      if (secret != null && secret.length() >= SHORTEST_SECRET) {
        clean = clean.replace(secret, MASK);
      }
    }
    clean = USER_INFO.matcher(clean).replaceAll(MASK);
    clean = SIGNED.matcher(clean).replaceAll("$1" + MASK);
    return KEY_ID.matcher(clean).replaceAll(MASK);
  }
}
