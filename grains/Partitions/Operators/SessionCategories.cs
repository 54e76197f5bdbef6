using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>How far a session came with the events of one category.</summary>
internal struct CategorySteps(string categoryId, FunnelSteps steps)
{
    public readonly string CategoryId = categoryId;

    /// <summary>A field, so that it changes in place.</summary>
    public FunnelSteps Steps = steps;
}

/// <summary>
/// How far a session came in each category, in the order of arrival. Most sessions stay in one: it is kept in place, and only further ones take a list.
/// </summary>
internal struct SessionCategories
{
    private CategorySteps _first;
    private List<CategorySteps>? _further;

    /// <summary>Categories in it.</summary>
    public readonly int Count => _first.CategoryId is null ? 0 : 1 + (_further?.Count ?? 0);

    /// <summary>A category by the order of arrival.</summary>
    public readonly CategorySteps this[int index] => index == 0 ? _first : _further![index - 1];

    /// <summary>The steps of a category, to be changed in place; no reference if it is not in it.</summary>
    [UnscopedRef]
    public ref FunnelSteps Find(string categoryId)
    {
        // Who browses stays in the category that came last.
        var further = CollectionsMarshal.AsSpan(_further);
        for (var i = further.Length - 1; i >= 0; i--)
        {
            if (further[i].CategoryId == categoryId)
            {
                return ref further[i].Steps;
            }
        }

        return ref _first.CategoryId == categoryId ? ref _first.Steps : ref Unsafe.NullRef<FunnelSteps>();
    }

    /// <summary>Adds a category that is not in it; answers its steps, to be changed in place.</summary>
    [UnscopedRef]
    public ref FunnelSteps Add(string categoryId, FunnelSteps steps)
    {
        if (_first.CategoryId is null)
        {
            _first = new CategorySteps(categoryId, steps);
            return ref _first.Steps;
        }

        _further ??= [];
        _further.Add(new CategorySteps(categoryId, steps));
        return ref CollectionsMarshal.AsSpan(_further)[^1].Steps;
    }
}
