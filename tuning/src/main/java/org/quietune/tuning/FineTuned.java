package org.quietune.tuning;

import java.util.List;
import java.util.Map;
import org.quietune.release.NoisySum;

/**
 * The outcome of fine-tuning: post-processing of {@code releases} and public data.
 *
 * @param theta the fine-tuned parameters
 * @param releases every noisy sum that it rests on, in order
 * @param settings what was chosen, for the certificate and for people; public
 */
public record FineTuned(double[] theta, List<NoisySum> releases, Map<String, Object> settings) {}
