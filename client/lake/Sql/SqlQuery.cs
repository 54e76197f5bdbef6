namespace OrleansAnalytics.Lake;

/// <summary>One question in SQL.</summary>
/// <param name="Sql">One SELECT statement (also WITH, VALUES, FROM, DESCRIBE, SUMMARIZE) over the tables of the lake.</param>
public sealed record SqlQuery(string Sql)
{
    /// <summary>Rows at most; null, and whatever is more, is <see cref="LakeQueryOptions.MaxRows"/>.</summary>
    public int? MaxRows { get; init; }

    /// <summary>True: an answer with more rows is cut, and says so. False: it fails with <see cref="SqlError.TooManyRows"/>.</summary>
    public bool Cut { get; init; } = true;

    /// <summary>How long it may take; null, and whatever is longer, is <see cref="LakeQueryOptions.TimeLimit"/>.</summary>
    public TimeSpan? TimeLimit { get; init; }
}

/// <summary>A column of an answer.</summary>
/// <param name="Name">Its name; two columns may have the same.</param>
/// <param name="Type">Its SQL type without its parameters: <c>VARCHAR</c>, <c>BIGINT</c>, <c>DECIMAL</c>, …</param>
public sealed record SqlColumn(string Name, string Type);

/// <summary>An answer as rows.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">
/// The rows; cells are null or what .NET has for the type: string, numbers, <see cref="System.Numerics.BigInteger"/>, bool, <see cref="DateOnly"/>,
/// <see cref="TimeOnly"/>, <see cref="DateTime"/> (UTC), <see cref="TimeSpan"/>, <see cref="Guid"/>, byte[], lists, and dictionaries for structs and maps.
/// </param>
/// <param name="IsCut">True if there are more rows than these.</param>
public sealed record SqlResult(IReadOnlyList<SqlColumn> Columns, IReadOnlyList<object?[]> Rows, bool IsCut);

/// <summary>An answer as a Parquet file.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="IsCut">True if there are more rows than these.</param>
public sealed record SqlParquet(byte[] Bytes, long Rows, bool IsCut);
