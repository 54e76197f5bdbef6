using System.Text;
using Npgsql;
using NpgsqlTypes;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.PostgreSql;

/// <summary>The keys of several dead letters, as a statement takes them.</summary>
internal sealed class DeadLetterColumns(IEnumerable<DeadLetterKey> keys)
{
    private readonly DeadLetterKey[] _keys = [.. keys];

    /// <summary>Adds them as partition, position and entity.</summary>
    public void AddTo(NpgsqlCommand command) => command.Parameters.AddRange(new NpgsqlParameter[]
    {
        new NpgsqlParameter<int[]>("partition", [.. _keys.Select(key => key.Partition)]), new NpgsqlParameter<long[]>("position", [.. _keys.Select(key => key.Position)]),
        Bytea("entity", [.. _keys.Select(key => Encoding.UTF8.GetBytes(key.Entity))]),
    });

    /// <summary>A column of bytes.</summary>
    public static NpgsqlParameter<byte[]?[]> Bytea(string name, byte[]?[] values) => new(name, NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = values };
}
