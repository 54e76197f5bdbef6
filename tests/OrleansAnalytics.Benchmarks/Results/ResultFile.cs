using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace OrleansAnalytics.Benchmarks.Results;

/// <summary>A result as a Markdown file that tells how it came about.</summary>
internal static class ResultFile
{
    /// <summary>The folder of the results in the repository.</summary>
    public static string Folder { get; } = Path.Combine(Root(), "tests", "OrleansAnalytics.Benchmarks", "results");

    /// <summary>Prints the result and writes it to <paramref name="path"/>.</summary>
    /// <param name="path">The file; its folder is created if missing.</param>
    /// <param name="title">What was measured.</param>
    /// <param name="command">The command that measures it again.</param>
    /// <param name="table">The figures.</param>
    /// <param name="notes">What is to be known about them.</param>
    public static void Write(string path, string title, string command, string table, IEnumerable<string> notes)
    {
        var text = string.Join('\n', [$"# {title}", "", "```", command, "```", "", Machine(), "", table, "", .. notes.Select(note => $"- {note}"), ""]);
        Console.WriteLine(text);
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Progress.Tell($"Written to {path}");
    }

    private static string Machine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.MachineName}: {Processor()}, {Environment.ProcessorCount} cores; {RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}; {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC; commit {Commit()}.");

    private static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var model = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Commit()
    {
        var start = new ProcessStartInfo("git", ["describe", "--always", "--dirty=, changed"]) { WorkingDirectory = Root(), RedirectStandardOutput = true };
        using var git = Process.Start(start)!;
        return git.StandardOutput.ReadToEnd().Trim();
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OrleansAnalytics.sln")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
