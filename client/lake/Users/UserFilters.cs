using Microsoft.Win32.SafeHandles;

namespace OrleansAnalytics.Lake.Users;

/// <summary>
/// Which files of a lake may have events of a user: a <see cref="UserFilter"/> beside each file, in the folder <see cref="Name"/> of the lake. They are an index that compaction
/// makes and that may be deleted: a file without one, or with one of another file, is read.
/// </summary>
/// <param name="folder">The lake.</param>
public sealed class UserFilters(LakeFolder folder)
{
    /// <summary>The folder in the lake.</summary>
    public const string Name = "users";

    private const string Ending = ".filter";

    private string Root => Path.Combine(folder.Root, Name);

    /// <summary>The files that may have events of a user.</summary>
    public IReadOnlyList<LakeFile> FilesOf(string user, IReadOnlyList<LakeFile> files)
    {
        if (!Directory.Exists(Root))
        {
            return files;
        }

        var hash = UserFilter.HashOf(user);
        return [.. files.Where(file => MayHave(file, hash))];
    }

    /// <summary>Makes the filters of the lake's files that are missing, and removes those of files that are no more.</summary>
    /// <param name="memoryBytes">Memory of the engine that reads them.</param>
    /// <param name="progress">Told how far it is; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>How many were made.</returns>
    public int Update(long memoryBytes, IProgress<CompactionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var files = LakeManifest.FilesOf(folder.Read());
        RemoveOthers(files);
        return Add(files, memoryBytes, progress, cancellationToken);
    }

    /// <summary>Makes the filters that are missing.</summary>
    /// <param name="files">The files of the lake.</param>
    /// <param name="memoryBytes">Memory of the engine that reads them.</param>
    /// <param name="progress">Told how far it is; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>How many were made.</returns>
    internal int Add(IReadOnlyList<LakeFile> files, long memoryBytes, IProgress<CompactionProgress>? progress, CancellationToken cancellationToken)
    {
        var missing = files.Where(file => !Has(file)).ToList();
        if (missing.Count == 0)
        {
            return 0;
        }

        using var engine = new CompactionEngine(memoryBytes, threads: 1, CompactionEngine.SpillOf(folder));
        var made = 0;
        foreach (var file in missing.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            Put(PathOf(file), UserFilter.Write(UsersOf(engine, file), file));
            made++;
            progress?.Report(new CompactionProgress("files indexed", made, missing.Count));
        }

        return made;
    }

    /// <summary>Removes the filters of files that are no more.</summary>
    /// <param name="files">The files of the lake.</param>
    internal void RemoveOthers(IReadOnlyList<LakeFile> files)
    {
        if (!Directory.Exists(Root))
        {
            return;
        }

        var wanted = files.Select(PathOf).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Where(path => !wanted.Contains(path)).ToList())
        {
            File.Delete(path);
        }
    }

    /// <summary>Not synced: what a crash leaves half has blocks without their checksums, which say nothing wrong.</summary>
    private static void Put(string path, byte[] filter)
    {
        var hidden = Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(path)!).FullName, DurableFile.HiddenName(Path.GetFileName(path)));
        File.WriteAllBytes(hidden, filter);
        File.Move(hidden, path, overwrite: true);
    }

    private HashSet<ulong> UsersOf(CompactionEngine engine, LakeFile file) =>
        [.. engine.Query($"SELECT DISTINCT user_id FROM read_parquet({SqlText.Literal(folder.PathOf(file))})", row => UserFilter.HashOf(row.GetString(0)))];

    private string PathOf(LakeFile file) => Path.Combine(Root, file.Path.Replace('/', Path.DirectorySeparatorChar) + Ending);

    private bool Has(LakeFile file)
    {
        using var filter = Open(file);
        return filter is not null && BlocksOf(filter, file) > 0;
    }

    private bool MayHave(LakeFile file, ulong user)
    {
        using var filter = Open(file);
        if (filter is null || BlocksOf(filter, file) is not (> 0 and var blocks))
        {
            return true;
        }

        Span<byte> block = stackalloc byte[UserFilter.StoredBlockBytes];
        var number = UserFilter.BlockOf(user, blocks);
        var read = RandomAccess.Read(filter, block, UserFilter.HeaderBytes + ((long)number * UserFilter.StoredBlockBytes));
        return UserFilter.MayHave(block[..read], number, user);
    }

    private static int BlocksOf(SafeFileHandle filter, LakeFile file)
    {
        Span<byte> header = stackalloc byte[UserFilter.HeaderBytes];
        return UserFilter.BlocksOf(header[..RandomAccess.Read(filter, header, 0)], file);
    }

    private SafeFileHandle? Open(LakeFile file)
    {
        var path = PathOf(file);
        try
        {
            // Looked for first, as an exception for each of a thousand files takes longer than the answer.
            return File.Exists(path) ? File.OpenHandle(path) : null;
        }
        catch (IOException)
        {
            // It has gone just now.
            return null;
        }
    }
}
