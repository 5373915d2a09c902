package org.quietune.release;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The place of a PostgreSQL ledger, apart from what must never be printed.
 *
 * @param url as given, with parameters
 * @param environment of the process
 */
record PostgresUrl(String url, Map<String, String> environment) {
  private static final String PREFIX = "jdbc:postgresql:";
  private static final Pattern PASSWORD =
      Pattern.compile("[?&](?:ssl)?password=([^&]*)", Pattern.CASE_INSENSITIVE);

  PostgresUrl {
    environment = Map.copyOf(environment);
    if (!isOne(url) || url.split("\\?", 2)[0].contains("@")) {
      throw new LedgerException(
          "a PostgreSQL ledger is named jdbc:postgresql://HOST:PORT/DATABASE; user and password go"
              + " into PGUSER and .pgpass, or after it as ?user=…&password=…");
    }
  }

  static boolean isOne(String location) {
    return location.toLowerCase(Locale.ROOT).startsWith(PREFIX);
  }

  /** The URL without its parameters. */
  String name() {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query);
  }

  /** What the driver does not take from the URL: user and password as libpq's variables say. */
  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "quietune");
    set(properties, "user", environment.get("PGUSER"));
    set(properties, "password", environment.get("PGPASSWORD"));
    return properties;
  }

  private void set(Properties properties, String parameter, @Nullable String value) {
    if (value != null && !url.matches(".*[?&]" + parameter + "=.*")) {
      properties.setProperty(parameter, value);
    }
  }

  /** The message without parameters and passwords. */
  String redact(String message) {
    String clean = message.replace(url, name());
    for (String password : passwords()) {
      clean = password.isEmpty() ? clean : clean.replace(password, "***");
    }
    return clean;
  }

  private List<String> passwords() {
    List<String> passwords = new ArrayList<>();
    for (Matcher match = PASSWORD.matcher(url); match.find(); ) {
      passwords.add(match.group(1));
      passwords.add(decoded(match.group(1)));
    }
    passwords.add(environment.getOrDefault("PGPASSWORD", ""));
    return passwords;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }
}
