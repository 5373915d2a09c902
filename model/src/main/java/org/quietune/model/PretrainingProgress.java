package org.quietune.model;

/**
 * How far a pretraining run is. A candidate may end long before its last epoch.
 *
 * @param candidate the penalty being tried, from 1; the last of a convex problem is the chosen one
 *     on all records
 * @param candidates how many there are
 * @param epoch passes over the training data so far with this candidate, from 1
 * @param maxEpochs most passes this candidate can take
 * @param validationLoss mean loss on the public hold-out after that epoch; once it is trained on
 *     too, the last that it could judge
 */
public record PretrainingProgress(
    int candidate, int candidates, int epoch, int maxEpochs, double validationLoss) {}
