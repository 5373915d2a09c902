package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.data.PublicTable;
import org.quietune.model.Loss;

class PublicTrainingTest {
  private static final int WIDTH = 12;
  private static final int ROWS = 100;

  /** What is said of a model must not be flattered by records that it was fitted to. */
  @Test
  void aLinearModelLearnsFromAllRecordsAndIsJudgedBeforeItDoes() {
    for (Loss loss : List.of(Loss.crossEntropy(), Loss.squaredError(), Loss.huber(1.3))) {
      for (double unit : loss.isRegression() ? new double[] {1, 1e4} : new double[] {1}) {
        PublicTable table = table(unit, 40);
        Loss inUnit = loss.kind() == Loss.Kind.HUBER ? Loss.huber(1.3 * unit) : loss;
        PublicTraining.Result result = train(table, Architecture.logistic(), inUnit);
        double learned = PublicTraining.quality(result.model(), heldOut(table)).loss();
        double stated = result.holdout().loss();
        assertTrue(learned < 0.99 * stated, loss.text() + ": " + learned + " for " + stated);
      }
    }
  }

  /** It stops where held-out records say so, and cannot be trained on them. */
  @Test
  void aNetworkIsJudgedAsItIs() {
    PublicTable table = table(1, 40);
    PublicTraining.Result result = train(table, Architecture.parse("mlp:4"), Loss.crossEntropy());
    assertEquals(result.holdout(), PublicTraining.quality(result.model(), heldOut(table)));
  }

  /** Four rows have nothing to spare. */
  @Test
  void aTableOfFewRowsIsJudgedByItself() {
    PublicTable table = table(1, ROWS - 4);
    assertEquals(4, table.size());
    PublicTraining.Result result = train(table, Architecture.logistic(), Loss.crossEntropy());
    assertEquals(4, result.holdout().records());
    double again = PublicTraining.quality(result.model(), table.rows()).loss();
    assertEquals(again, result.holdout().loss(), 1e-5);
  }

  private static PublicTraining.Result train(PublicTable table, Architecture kind, Loss loss) {
    return PublicTraining.train(table, kind, loss, progress -> {});
  }

  private static List<Example> heldOut(PublicTable table) {
    return IntStream.range(0, table.size())
        .filter(row -> row % 5 == 4)
        .mapToObj(table::row)
        .toList();
  }

  /** Labels 0 and {@code unit} that one column of many says something of. */
  private static PublicTable table(double unit, int leftOut) {
    SplittableRandom random = new SplittableRandom(3);
    List<Example> rows = new ArrayList<>();
    for (int i = leftOut; i < ROWS; i++) {
      float[] features = new float[WIDTH];
      for (int j = 0; j < WIDTH; j++) {
        features[j] = (float) random.nextDouble(-1, 1);
      }
      rows.add(new Example(features, features[0] + random.nextDouble(-1, 1) > 0 ? unit : 0));
    }
    List<String> columns = IntStream.range(0, WIDTH).mapToObj(j -> "x" + j).toList();
    return PublicTable.of(columns, rows);
  }
}
