using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Partitions;
using RocksDbSharp;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>A database whose records are written and read as bytes, past all formats.</summary>
internal sealed class FormatFolder : IDisposable
{
    private readonly StorageFolder _folder = new();

    public FormatFolder() => Path = _folder.Next();

    public string Path { get; }

    /// <summary>All records of these column families: <c>column key</c> with the key in hexadecimal, and the value.</summary>
    public IReadOnlyList<Piece> Dump(params string[] columns)
    {
        using var database = Open([.. RocksDb.ListColumnFamilies(new DbOptions(), Path).Where(name => name != "default")]);
        using var lease = database.Enter();
        var pieces = new List<Piece>();
        foreach (var column in columns)
        {
            using var iterator = lease.Db.NewIterator(lease.Db.GetColumnFamily(column));
            for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
            {
                pieces.Add(new Piece($"{column} {Convert.ToHexStringLower(iterator.Key())}", iterator.Value()));
            }
        }

        return pieces;
    }

    /// <summary>Makes a database with these column families and records.</summary>
    public void Fill(IEnumerable<Piece> pieces, params string[] columns)
    {
        using var database = Open(columns);
        using var batch = new WriteBatch();
        using var lease = database.Enter();
        foreach (var piece in pieces)
        {
            var (column, key) = (piece.Name.Split(' ')[0], Convert.FromHexString(piece.Name.Split(' ')[1]));
            batch.Put(key, piece.Bytes, lease.Db.GetColumnFamily(column));
        }

        database.WriteSynced(batch);
    }

    public void Dispose() => _folder.Dispose();

    private EmbeddedDatabase Open(string[] columns)
    {
        var families = new ColumnFamilies();
        foreach (var column in columns)
        {
            families.Add(column, new ColumnFamilyOptions());
        }

        return EmbeddedDatabase.Open(Path, families, Recovery.AbsoluteConsistency);
    }
}
