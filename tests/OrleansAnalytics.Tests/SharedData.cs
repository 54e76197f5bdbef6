namespace OrleansAnalytics.Tests;

/// <summary>Finds the sample data: in a folder <c>shared/data</c> beside or above the tests, or where ORLEANS_ANALYTICS_SHARED says.</summary>
public static class SharedData
{
    private static readonly string Root = Find();

    public static string Path(string name) => System.IO.Path.Combine(Root, name);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("ORLEANS_ANALYTICS_SHARED") is { Length: > 0 } shared)
        {
            return System.IO.Path.Combine(shared, "data");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("no folder shared/data beside or above the tests; set ORLEANS_ANALYTICS_SHARED");
    }
}
