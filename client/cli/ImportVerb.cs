using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Import;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>import FILE… [--lake DIR]</c></summary>
internal static class ImportVerb
{
    public static Command Create()
    {
        var defaults = new ImportOptions();
        var files = new Argument<string[]>("FILE") { Description = "CSV, CSV in gzip, or Parquet; * and ? are understood.", Arity = ArgumentArity.OneOrMore };
        var lake = LakeOption();
        var memory = new Option<double>("--memory") { Description = "Gigabytes of memory at most.", HelpName = "GB", DefaultValueFactory = _ => 4 };
        var threads = new Option<int>("--threads") { Description = "Hours written at the same time.", HelpName = "N", DefaultValueFactory = _ => defaults.Threads };
        var kept = new Option<int>("--keep-rejected")
        {
            Description = "Rejected rows written down one by one; all are counted.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.KeptRejections,
        };
        var command = new Command(
            "import",
            """
            Put files of history straight into a lake, with the rules and deduplication of the server. No server is needed; a running one sees the files.
            A file is in the lake as a whole or not at all. The same content again changes nothing, so after a failure or Ctrl-C just repeat the command.
            While it runs, a file in the order of time needs the room of the result; any other needs as much again as it has unpacked. Rejected rows are in the lake's folder rejected.

            Examples:
              orleans-analytics import 2019-Oct.csv.gz 2019-Nov.csv.gz
              orleans-analytics import --lake /data/lake --memory 2 'history/*.parquet'
            """)
        {
            files, lake, memory, threads, kept,
        };
        command.SetAction((parsed, stop) =>
        {
            var options = new ImportOptions
            {
                MemoryLimitBytes = (long)(Math.Clamp(parsed.GetValue(memory), 0, 1e6) * (1L << 30)),
                Threads = parsed.GetValue(threads),
                KeptRejections = parsed.GetValue(kept),
            };
            var target = new LakeFolder(parsed.GetRequiredValue(lake));
            return RunAsync(Expand(parsed.GetRequiredValue(files)), target, options, stop);
        });
        return command;
    }

    /// <summary>The option that names a lake.</summary>
    internal static Option<string> LakeOption() => new("--lake")
    {
        Description = "The lake's folder.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine("data", LakeFolder.Name),
    };

    /// <summary>The files that patterns stand for, in order; a name without a pattern is itself.</summary>
    internal static IReadOnlyList<string> Expand(IEnumerable<string> names) => [.. names.SelectMany(name =>
    {
        var pattern = Path.GetFileName(name);
        if (pattern.AsSpan().IndexOfAny("*?") < 0 || File.Exists(name))
            return [name];
        var folder = Path.GetDirectoryName(name) is { Length: > 0 } given ? given : ".";
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        return found.Length > 0 ? found.Order(StringComparer.Ordinal) : throw new FileNotFoundException($"no file matches {name}");
    })];

    private static async Task<int> RunAsync(IReadOnlyList<string> files, LakeFolder lake, ImportOptions options, CancellationToken stop)
    {
        var import = new LakeImport(lake, options, TimeProvider.System);
        var terminal = Console.IsErrorRedirected ? null : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        foreach (var file in files)
        {
            // A bar for each file, gone before its summary comes: what is written while a bar is there would stand in its line.
            var result = terminal is null
                ? await Task.Run(() => import.Run(file, new ImportLines(file, null), stop), CancellationToken.None)
                : await terminal.Progress().AutoClear(true).Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(
                    context => Task.Run(() => import.Run(file, new ImportLines(file, context.AddTask("starting")), stop), CancellationToken.None));
            await Console.Out.WriteLineAsync(Summary(file, result));
        }

        return CommandLine.Success;
    }

    private static string Summary(string file, ImportResult result)
    {
        var reasons = string.Join(", ", result.Manifest.Rejected.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Key} {reason.Value:N0}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Printer.Plain(file)}: {(result.WasThere ? "nothing to do, the lake has it: " : "")}{result.Received:N0} received, {result.Accepted:N0} accepted, "
            + $"{result.Duplicates:N0} duplicates, {result.Rejected:N0} rejected{(reasons.Length > 0 ? $" ({reasons})" : "")}");
    }
}
