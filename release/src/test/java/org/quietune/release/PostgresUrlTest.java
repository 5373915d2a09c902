package org.quietune.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresUrlTest {
  private static final String URL = "jdbc:postgresql://db.example:5432/budgets";

  @Test
  void nothingSecretIsPrinted() {
    PostgresUrl url =
        new PostgresUrl(
            URL + "?user=anna&password=s%26cret&sslpassword=other", Map.of("PGPASSWORD", "third"));
    assertEquals(URL, url.name());
    String clean =
        url.redact("cannot parse " + url.url() + ", not s&cret, s%26cret, other nor third");
    assertFalse(clean.matches(".*(s&cret|s%26cret|other|third|anna).*"), clean);
    assertTrue(clean.contains(URL), clean);
  }

  @Test
  void theUrlComesBeforeTheEnvironment() {
    Map<String, String> environment = Map.of("PGUSER", "env", "PGPASSWORD", "secret");
    assertEquals("env", new PostgresUrl(URL, environment).properties().getProperty("user"));
    PostgresUrl explicit = new PostgresUrl(URL + "?user=url&password=x", environment);
    assertNull(explicit.properties().getProperty("user"));
    assertNull(explicit.properties().getProperty("password"));
  }

  @Test
  void aPasswordBeforeTheHostIsRefusedUnseen() {
    LedgerException e =
        assertThrows(
            LedgerException.class,
            () -> new PostgresUrl("jdbc:postgresql://anna:secret@db.example/budgets", Map.of()));
    assertFalse(String.valueOf(e.getMessage()).contains("secret"), e.getMessage());
  }

  @Test
  void anUnreachableServerIsOneLineWithoutParameters() {
    LedgerException e =
        assertThrows(
            LedgerException.class,
            () -> PostgresLedger.open("jdbc:postgresql://127.0.0.1:1/x?user=u&password=hidden1"));
    String message = String.valueOf(e.getMessage());
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains("jdbc:postgresql://127.0.0.1:1/x:"), message);
    assertFalse(message.contains("hidden1"), message);
    assertNull(e.getCause());
  }
}
