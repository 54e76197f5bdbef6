namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>An entity as it is usually written: a call for each event, state in memory.</summary>
[Alias("benchmark-fold")]
public interface IFoldGrain : IGrainWithStringKey
{
    /// <summary>Counts an event; answers how many the entity has had.</summary>
    [Alias("Add")]
    ValueTask<long> AddAsync(EventRow row);
}

/// <summary>A user.</summary>
[Alias("benchmark-user")]
public interface IFoldUserGrain : IFoldGrain;

/// <summary>A product.</summary>
[Alias("benchmark-product")]
public interface IFoldProductGrain : IFoldGrain;

/// <summary>A category.</summary>
[Alias("benchmark-category")]
public interface IFoldCategoryGrain : IFoldGrain;

/// <summary>What the three have in common.</summary>
public abstract class FoldGrain : Grain, IFoldGrain
{
    private TinyFold _fold;

    /// <inheritdoc/>
    public ValueTask<long> AddAsync(EventRow row)
    {
        _fold.Add(row);
        return new(_fold.Events);
    }
}

/// <inheritdoc cref="IFoldUserGrain"/>
[GrainType("benchmark-user")]
public sealed class FoldUserGrain : FoldGrain, IFoldUserGrain;

/// <inheritdoc cref="IFoldProductGrain"/>
[GrainType("benchmark-product")]
public sealed class FoldProductGrain : FoldGrain, IFoldProductGrain;

/// <inheritdoc cref="IFoldCategoryGrain"/>
[GrainType("benchmark-category")]
public sealed class FoldCategoryGrain : FoldGrain, IFoldCategoryGrain;
