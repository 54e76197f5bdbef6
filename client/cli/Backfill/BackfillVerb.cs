using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Backfill;
using OrleansAnalytics.Lake.Import;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>backfill [FILE…] [--lake DIR] [--source IMPORT] [--from DAY] [--to DAY] [--rate N]</c></summary>
internal static class BackfillVerb
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Files as import takes them; they are imported first. None: what is imported already.", Arity = ArgumentArity.ZeroOrMore };
        var lake = ImportVerb.LakeOption();
        var sources = new Option<string[]>("--source") { Description = "An import, as lake status names it; may be repeated. Default all.", HelpName = "IMPORT" };
        var from = DayOption("--from", "Only events from this day on (UTC).");
        var to = DayOption("--to", "Only events before this day (UTC).");
        var rate = new Option<double>("--rate") { Description = "Events a second at most. Default as fast as the server takes them.", HelpName = "N", DefaultValueFactory = _ => double.PositiveInfinity };
        rate.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() > 0))
                result.AddError("--rate takes a positive number.");
        });
        var server = new ServerOptions();
        var command = new Command(
            "backfill",
            """
            Send what was imported into a server's lake through its log, so that live reports and journeys have it too. The lake must be that of the server.

            It goes hour by hour: an hour is taken out of the lake, sent, and written into the lake again by the server, so no event is there twice; for some minutes the lake
            lacks it. Ctrl-C, a kill, or a server that is gone do no harm: repeat the command, and it goes on where it was. Rows that the import rejected stay where they are.

            Examples:
              orleans-analytics backfill --lake /data/lake
              orleans-analytics backfill --source import-6b1d0c2f9a --from 2019-10-01 --to 2019-10-08 --rate 20000
              orleans-analytics backfill 2019-Oct.csv.gz
            """)
        {
            files, lake, sources, from, to, rate,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            var folder = new LakeFolder(parsed.GetRequiredValue(lake));
            var plan = new BackfillPlan(parsed.GetValue(sources) ?? [], parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(rate));
            return RunAsync(server.Read(parsed), folder, ImportVerb.Expand(parsed.GetValue(files) ?? []), plan, stop);
        });
        return command;
    }

    private static Option<DateOnly?> DayOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DAY",
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                return day;
            result.AddError($"{name} takes a day such as 2019-10-01.");
            return null;
        },
    };

    private static async Task<int> RunAsync(Server server, LakeFolder lake, IReadOnlyList<string> files, BackfillPlan plan, CancellationToken stop)
    {
        if (files.Count == 0 && !Directory.Exists(lake.Root))
            throw new ArgumentException($"there is no lake in {lake.Root}");
        var imported = new List<string>();
        foreach (var file in files)
        {
            var result = await Task.Run(() => new LakeImport(lake, new ImportOptions(), TimeProvider.System).Run(file, null, stop), CancellationToken.None);
            await Console.Error.WriteLineAsync($"{Printer.Plain(file)}: {N(result.Accepted)} events {(result.WasThere ? "were" : "are")} imported");
            imported.Add(result.Manifest.Source);
        }

        using var client = server.ForSending();
        using var patient = server.ForLake(BackfillRun.LongestLakeWrite);
        using var backfill = LakeBackfill.Open(lake, new LakeCompactionOptions(), TimeProvider.System);
        var run = new BackfillRun(client, patient, lake, backfill, plan with { Sources = [.. plan.Sources, .. imported] }, TimeProvider.System);
        if (Console.IsErrorRedirected)
        {
            await run.RunAsync(null, stop);
        }
        else
        {
            var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            await terminal.Progress().Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
                .StartAsync(context => run.RunAsync(context.AddTask("connecting"), stop));
        }

        Console.Out.WriteLine($"{(run.IsStopped ? "stopped; repeat the command to go on. " : "")}{N(run.Events)} events of {N(run.Hours)} hours went through the log");
        if (run.Rejected > 0)
            Console.Out.WriteLine($"{N(run.Rejected)} of them were rejected by this server; they are in its dead letters");
        return run.IsStopped ? CommandLine.Stopped : CommandLine.Success;
    }

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>What is to be sent, and how fast.</summary>
/// <param name="Sources">Imports by the beginning of their names; none is all.</param>
/// <param name="From">The first day; null for all.</param>
/// <param name="To">The day after the last one; null for all.</param>
/// <param name="Rate">Events a second at most.</param>
internal sealed record BackfillPlan(IReadOnlyList<string> Sources, DateOnly? From, DateOnly? To, double Rate);
