package org.quietune.cli;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.quietune.release.CrashPoints;

/**
 * The command line in a process that stands still at one point, until it is killed. The first
 * argument names the point, or is {@code -}: then every point is printed.
 */
final class StoppingMain {
  static final String STOPPED = "STOPPED";
  static final String POINT = "POINT ";

  private StoppingMain() {}

  public static void main(String[] args) {
    String stop = args[0];
    CrashPoints.watch(
        reached -> {
          if (stop.equals("-")) {
            System.out.println(POINT + reached);
          } else if (stop.equals(reached)) {
            System.out.println(STOPPED);
            System.out.flush();
            waitForTheEnd();
          }
        });
    System.exit(Main.run(Arrays.copyOfRange(args, 1, args.length)));
  }

  private static void waitForTheEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
