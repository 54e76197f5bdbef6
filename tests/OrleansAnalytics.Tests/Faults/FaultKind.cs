namespace OrleansAnalytics.Tests.Faults;

/// <summary>What becomes of one call to the outside.</summary>
internal enum FaultKind
{
    /// <summary>It works.</summary>
    None,

    /// <summary>It throws and has done nothing.</summary>
    FailBefore,

    /// <summary>It throws although it has done everything: the answer was lost.</summary>
    FailAfter,

    /// <summary>It throws after a while, and happens later, when the caller has gone on.</summary>
    TimeOut,

    /// <summary>It works, after a while.</summary>
    Slow,

    /// <summary>It does a part. Where that may be so it is no failure (a short read), else it throws.</summary>
    Part,
}
