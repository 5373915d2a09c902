package org.quietune.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {software()};
  }

  /** Name and version, as certificates state them. */
  static String software() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("/quietune-version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the version", e);
    }
    return "quietune " + properties.getProperty("version", "unknown");
  }
}
