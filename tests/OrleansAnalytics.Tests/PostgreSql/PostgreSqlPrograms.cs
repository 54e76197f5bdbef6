using System.Runtime.InteropServices;

namespace OrleansAnalytics.Tests.PostgreSql;

/// <summary>Where the programs of a PostgreSQL server are, and as whom they run. <c>tests/services/postgresql.sh</c> installs them.</summary>
internal static class PostgreSqlPrograms
{
    /// <summary>Names the folder of the programs, if it is not one of the usual ones.</summary>
    private const string Variable = "ORLEANS_ANALYTICS_POSTGRESQL";

    private const string Installed = "/usr/lib/postgresql";
    private static readonly string[] Needed = ["initdb", "postgres"];

    /// <summary>The folder with the programs; null if there is none.</summary>
    public static string? Folder { get; } = Folders().FirstOrDefault(folder => Needed.All(name => File.Exists(Path.Combine(folder, name))));

    /// <summary>PostgreSQL refuses to run as root; then it runs as the user that its package has made.</summary>
    public static bool AsAnotherUser { get; } = UserId() == 0;

    /// <summary>Who that is.</summary>
    public const string AnotherUser = "postgres";

    /// <summary>A program and its arguments as they have to be started here.</summary>
    public static (string File, string[] Arguments) Command(string program, params string[] arguments)
    {
        var path = Path.Combine(Folder!, program);
        return AsAnotherUser ? ("setpriv", ["--reuid", AnotherUser, "--regid", AnotherUser, "--clear-groups", path, .. arguments]) : (path, arguments);
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } told)
        {
            yield return told;
        }

        // The newest of several.
        var versions = Directory.Exists(Installed) ? Directory.GetDirectories(Installed) : [];
        foreach (var version in versions.OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var number) ? number : 0))
        {
            yield return Path.Combine(version, "bin");
        }

        foreach (var folder in RequiredServices.Folders)
        {
            yield return folder;
        }
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint UserId();
}
