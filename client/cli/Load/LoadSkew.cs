namespace OrleansAnalytics.Cli;

/// <summary>
/// Makes a shop's traffic lopsided: so many events are of one product, so many of one user, whatever else they are. What one grain and one partition can take shows
/// then. Not safe for concurrent use.
/// </summary>
internal sealed class LoadSkew
{
    private const int FirstProductColumn = 2;
    private const int LastProductColumn = 6;
    private const int UserColumn = 7;
    private const int SessionColumn = 8;

    // Nobody in the generated shop.
    private static readonly byte[] FloodingUser = "1"u8.ToArray();
    private static readonly byte[] FloodingSession = "00000000-0000-4000-8000-000000000001"u8.ToArray();

    private readonly LoadPlan _plan;
    private readonly Random _chance;
    private readonly byte[]?[] _hot = new byte[]?[SessionColumn + 1];
    private byte[] _row = new byte[1024];

    private LoadSkew(LoadPlan plan) => (_plan, _chance) = (plan, new Random((int)(plan.Seed % int.MaxValue)));

    /// <summary>The skew of a plan; null if it has none.</summary>
    public static LoadSkew? Of(LoadPlan plan) => plan.HotProduct > 0 || plan.Flood > 0 ? new LoadSkew(plan) : null;

    /// <summary>The row as it is to be sent, and where its columns are in it.</summary>
    /// <param name="row">A generated row. The first one tells the hot product.</param>
    /// <param name="columns">Where its columns are; changed.</param>
    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> row, Range[] columns)
    {
        if (_hot[UserColumn] is null)
        {
            for (var column = FirstProductColumn; column <= LastProductColumn; column++)
                _hot[column] = row[columns[column]].ToArray();
            _hot[UserColumn] = FloodingUser;
            _hot[SessionColumn] = FloodingSession;
        }
        var product = _chance.NextDouble() < _plan.HotProduct;
        var user = _chance.NextDouble() < _plan.Flood;
        if (!product && !user)
            return row;

        var length = 0;
        for (var column = 0; column < columns.Length; column++)
        {
            var isHot = (product && column is >= FirstProductColumn and <= LastProductColumn) || (user && column is UserColumn or SessionColumn);
            var value = isHot ? _hot[column] : row[columns[column]];
            if (_row.Length < length + value.Length)
                Array.Resize(ref _row, 2 * (length + value.Length));
            value.CopyTo(_row.AsSpan(length));
            columns[column] = length..(length + value.Length);
            length += value.Length;
        }
        return _row.AsSpan(0, length);
    }
}
