namespace OrleansAnalytics.Tests.House;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", "artifacts", "data", "TestResults"];

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>The text of a file, by its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>True if there is such a file or folder.</summary>
    public static bool Has(string path) => Path.Exists(Path.Combine(Root, path));

    /// <summary>Paths from the root, with slashes, of the files with this ending; without what a build leaves behind.</summary>
    public static IReadOnlyList<string> Files(string ending) =>
        [.. Directory.EnumerateFiles(Root, "*" + ending, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').SkipLast(1).Any(folder => folder.StartsWith('.') || NotOurs.Contains(folder)))
            .Order(StringComparer.Ordinal)];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OrleansAnalytics.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no OrleansAnalytics.sln in a folder above {AppContext.BaseDirectory}");
    }
}
