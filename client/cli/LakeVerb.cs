using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Lake;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>lake compact|status [--lake DIR]</c>: what is done with a lake's folder itself; no server is needed, and a running one goes on.</summary>
internal static class LakeVerb
{
    public static Command Create() => new(
        "lake",
        """
        Look after a lake's folder. No server is needed; a running one goes on.

        Examples:
          orleans-analytics lake status
          orleans-analytics lake compact --lake /data/lake
        """)
    {
        Compact(), Status(),
    };

    private static Command Compact()
    {
        var defaults = new LakeCompactionOptions();
        var lake = ImportVerb.LakeOption();
        var all = new Option<bool>("--all") { Description = "Every hour with more than one file; else those that a server would compact by itself." };
        var memory = new Option<double>("--memory") { Description = "Gigabytes of memory for sorting; the rest is spilled.", HelpName = "GB", DefaultValueFactory = _ => defaults.MemoryBytes / (double)(1L << 30) };
        var threads = new Option<int>("--threads") { Description = "Threads.", HelpName = "N", DefaultValueFactory = _ => defaults.Threads };
        var command = new Command(
            "compact",
            """
            Put the small files of each hour together into one, sorted by user and time, and note which users each file has, so that one user's history is found at once, and what reports need of it, so that these are computed in half the time. Readers see every event once at every moment. A server on the same lake may run
            and write; only one compaction runs at a time, and a second one is refused. Ctrl-C stops after the hour under way, and what is done stays. Files that were
            replaced are removed by a compaction some minutes later, for readers that began before. No events are dropped.

            Examples:
              orleans-analytics lake compact
              orleans-analytics lake compact --all --memory 2 --lake /data/lake
            """)
        {
            lake, all, memory, threads,
        };
        command.SetAction((parsed, stop) =>
        {
            var options = new LakeCompactionOptions { MemoryBytes = (long)(Math.Clamp(parsed.GetValue(memory), 0, 1e6) * (1L << 30)), Threads = parsed.GetValue(threads) };
            options.MaxFiles = parsed.GetValue(all) ? 2 : options.MaxFiles;
            if (new LakeCompactionOptionsValidator().Validate(null, options) is { Failed: true } invalid)
                throw new ArgumentException(string.Join("; ", invalid.Failures!));
            return CompactAsync(Existing(parsed.GetRequiredValue(lake)), options, stop);
        });
        return command;
    }

    private static Command Status()
    {
        var lake = ImportVerb.LakeOption();
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command(
            "status",
            """
            What a lake holds, by its manifests: files, events, days, what each source has put in, and what a compaction would do.

            Examples:
              orleans-analytics lake status
              orleans-analytics lake status --lake /data/lake --json
            """)
        {
            lake, json,
        };
        command.SetAction(parsed =>
        {
            var status = LakeStatus.Of(Existing(parsed.GetRequiredValue(lake)), new LakeCompactionOptions());
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(status, JsonSerializerOptions.Web));
            else
                Print(status);
            return CommandLine.Success;
        });
        return command;
    }

    /// <summary>The lake in a folder, which must be there.</summary>
    internal static LakeFolder Existing(string path) => Directory.Exists(path) ? new LakeFolder(path) : throw new ArgumentException($"there is no lake in {path}");

    private static async Task<int> CompactAsync(LakeFolder lake, LakeCompactionOptions options, CancellationToken stop)
    {
        var compactor = new LakeCompactor(lake, options, TimeProvider.System);
        CompactionResult result;
        if (Console.IsErrorRedirected)
        {
            result = await Task.Run(() => compactor.Run(null, stop), CancellationToken.None);
        }
        else
        {
            var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            result = await terminal.Progress().Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(context =>
            {
                var task = context.AddTask("compacting");
                return Task.Run(() => compactor.Run(new StepsDone(task), stop), CancellationToken.None);
            });
        }

        Console.Out.WriteLine(
            $"{(stop.IsCancellationRequested ? "stopped; " : "")}{N(result.Hours)} hours of {N(result.FilesBefore)} files were compacted; {N(result.FilesRemoved)} files replaced earlier were removed; the users of {N(result.FilesIndexed)} files were indexed; {N(result.FilesDigested)} files were digested for reports");
        return stop.IsCancellationRequested ? CommandLine.Stopped : CommandLine.Success;
    }

    private static void Print(LakeStatus status)
    {
        Console.Out.WriteLine(
            $"{N(status.Files)} files, {N(status.Rows)} events, {N(status.Bytes)} bytes, {N(status.Days)} days{(status.FirstDay is null ? "" : $" from {status.FirstDay} to {status.LastDay}")}");
        Console.Out.WriteLine($"a compaction would put {N(status.FilesDue)} files of {N(status.HoursDue)} hours together; {N(status.ReplacedFiles)} replaced files wait to be removed");
        var table = new Table();
        foreach (var column in (string[])["source", "files", "events", "received", "duplicates", "rejected", "through"])
            table.AddColumn(column == "source" ? new TableColumn(column) : new TableColumn(column).RightAligned());
        foreach (var source in status.Sources)
            table.AddRow(Markup.Escape(Printer.Plain(source.Source)), N(source.Files), N(source.Rows), N(source.Received), N(source.Duplicates), N(source.Rejected), source.Through == 0 ? "" : N(source.Through));
        AnsiConsole.Write(table);
    }

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private sealed class StepsDone(ProgressTask task) : IProgress<CompactionProgress>
    {
        public void Report(CompactionProgress value)
        {
            (task.MaxValue, task.Value) = (Math.Max(1, value.All), value.Done);
            task.Description = $"{N(value.Done)} of {N(value.All)} {value.What}";
        }
    }
}
