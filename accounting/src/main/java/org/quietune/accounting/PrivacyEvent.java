package org.quietune.accounting;

/**
 * What was released, in terms that an accountant can read: an immutable record.
 *
 * <p>Accountants consume events only. An accountant that does not know an event throws {@link
 * UnsupportedEventException}; it never approximates.
 */
public sealed interface PrivacyEvent
    permits BoundedRangeEvent,
        ComposedEvent,
        GaussianEvent,
        LaplaceEvent,
        PoissonSelectionEvent,
        PoissonSubsampledGaussianEvent,
        PureDpEvent,
        SelfComposedEvent {}
