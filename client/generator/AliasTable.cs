namespace OrleansAnalytics.Generator;

/// <summary>Draws an index with given weights from one random number (Walker's alias method, Vose's construction).</summary>
internal sealed class AliasTable
{
    private readonly double[] _keep;
    private readonly int[] _alias;

    public AliasTable(ReadOnlySpan<double> weights)
    {
        double total = 0;
        foreach (var weight in weights)
            total += weight;

        _keep = new double[weights.Length];
        _alias = new int[weights.Length];
        Stack<int> small = new(), large = new();
        for (var i = 0; i < weights.Length; i++)
        {
            _keep[i] = weights[i] * weights.Length / total;
            (_keep[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Pop();
            _alias[less] = more;
            _keep[more] -= 1 - _keep[less];
            (_keep[more] < 1 ? small : large).Push(more);
        }
        while (large.TryPop(out var rest))
            _keep[rest] = 1;
        while (small.TryPop(out var rest))
            _keep[rest] = 1;
    }

    public int Draw(Chance chance)
    {
        var high = Math.BigMul(chance.Next(), (ulong)_keep.Length, out var low);
        var index = (int)high;
        return (low >> 11) * (1.0 / (1UL << 53)) < _keep[index] ? index : _alias[index];
    }
}
