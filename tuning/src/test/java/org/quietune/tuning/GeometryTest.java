package org.quietune.tuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quietune.data.Example;
import org.quietune.geometry.BlockSubspace;
import org.quietune.geometry.CurvatureChoice;
import org.quietune.geometry.IdentitySubspace;
import org.quietune.geometry.PrincipalSubspace;
import org.quietune.geometry.Subspace;
import org.quietune.model.ModelFile;
import org.quietune.model.Network;

/** Which directions are trained where nothing is asked for. */
class GeometryTest {
  private static final List<Example> PUBLIC = SmallTask.examples(100, 2, 1);

  private static Subspace standard(int classes, int hidden) {
    ModelFile model = SmallTask.mlp(classes, hidden, 3);
    try (Network network = Network.of(model)) {
      return Geometry.standard(network, model.parameterValues(), PUBLIC);
    }
  }

  @Test
  void aSmallModelIsTrainedWhole() {
    assertInstanceOf(IdentitySubspace.class, standard(2, 6));
  }

  /** Three inputs, so the core of the first weight is 3 × 3; two vectors and a bias are whole. */
  @Test
  void aWideModelOfOneLogitIsTrainedInCores() {
    Subspace cores = standard(2, 600);
    assertInstanceOf(BlockSubspace.class, cores);
    assertEquals(3001, cores.ambientDimension());
    assertEquals(3 * 3 + 600 + 600 + 1, cores.dimension());
    assertFalse(Geometry.isWide(cores));
    assertEquals(CurvatureChoice.dense(), Geometry.fitting(cores));
  }

  /** Vectors alone would be over 2,000: their dense curvature is too large. */
  @Test
  void whereCoresAreTooManyPrincipalDirectionsAreTrained() {
    assertInstanceOf(PrincipalSubspace.class, standard(2, 1200));
  }

  @Test
  void severalClassesAreAsTheyWere() {
    assertInstanceOf(PrincipalSubspace.class, standard(3, 600));
  }
}
