namespace OrleansAnalytics.Tests;

/// <summary>The sample files and their golden answers: <c>shared/data</c> in or beside a folder above the tests, or where ORLEANS_ANALYTICS_SHARED says.</summary>
internal static class SharedData
{
    private static readonly string Root = Find();

    /// <summary>The full path of a sample file, such as <c>golden/rees46-2019-10-01.json</c>.</summary>
    public static string Path(string name) => System.IO.Path.Combine(Root, name);

    private static string Find()
    {
        var told = Environment.GetEnvironmentVariable("ORLEANS_ANALYTICS_SHARED");
        if (!string.IsNullOrEmpty(told))
        {
            return System.IO.Path.Combine(told, "data");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        throw new DirectoryNotFoundException($"no folder shared/data above {AppContext.BaseDirectory}; set ORLEANS_ANALYTICS_SHARED");
    }
}
