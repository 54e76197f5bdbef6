using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>dead-letters replay ID… [--with FILE|-] | --all [--reason …]</c></summary>
internal static class DeadLetterReplayVerb
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var ids = new Argument<string[]>("ID") { Description = "The dead letters.", Arity = ArgumentArity.ZeroOrMore };
        var with = new Option<string?>("--with")
        {
            Description = "Take this record instead of what was kept: a JSON object, or a CSV header and a line, or a line alone; - is the standard input.",
            HelpName = "FILE|-",
        };
        var all = new Option<bool>("--all") { Description = "All dead letters, or all with the given reason, source or partition." };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var filter = new DeadLetterFilterOptions();
        var server = new ServerOptions();
        var command = new Command(
            "replay",
            """
            Give records to the server again, as after a fix. What is valid now is counted, once however often it is replayed, and its letter is gone.
            Exit code 1 if something is still a dead letter.

            Examples:
              orleans-analytics dead-letters replay 3-1207
              orleans-analytics dead-letters replay 3-1207 --with corrected.json
              orleans-analytics dead-letters replay --all --reason in_the_future
            """)
        {
            ids, with, all, json,
        };
        filter.AddTo(command);
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            var count = result.GetValue(ids)?.Length ?? 0;
            if (count > 0 == result.GetValue(all))
                result.AddError("Either ids or --all.");
            else if (count > 0 && filter.AreGiven(result))
                result.AddError("--reason, --source and --partition go with --all.");
            else if (result.GetValue(with) is not null && count != 1)
                result.AddError("--with goes with one id.");
        });
        command.SetAction((parsed, stop) =>
            RunAsync(server.Read(parsed), parsed.GetValue(ids) ?? [], parsed.GetValue(with), filter.Read(parsed), parsed.GetValue(json), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string[] ids, string? with, DeadLetterFilter filter, bool json, CancellationToken stop)
    {
        using var client = server.ForSending();
        var lines = with is not null ? await CorrectAsync(client, ids[0], with, stop)
            : ids.Length > 0 ? (await client.ReplayDeadLettersAsync(ids, stop)).DeadLetters
            : await ReplayAllAsync(client, filter, stop);
        var left = lines.Count(line => line.Outcome != "appended");
        if (json)
        {
            Printer.Json(lines);
            return left == 0 ? CommandLine.Success : CommandLine.Failed;
        }

        if (left > 0)
        {
            var table = new Table().AddColumns("id", "outcome", "reason");
            foreach (var line in lines.Where(line => line.Outcome != "appended"))
                table.AddRow(DeadLettersVerb.Cells(line.Id, line.Outcome.Replace('_', ' '), DeadLettersVerb.Why(line.Reason, line.Detail)));
            AnsiConsole.Write(table);
        }
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{lines.Count - left:N0} appended, {left:N0} not."));
        return left == 0 ? CommandLine.Success : CommandLine.Failed;
    }

    private static async Task<IReadOnlyList<ReplayedDeadLetter>> CorrectAsync(AnalyticsClient client, string id, string file, CancellationToken stop)
    {
        using var corrected = new MemoryStream();
        await using var source = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        await source.CopyToAsync(corrected, stop);
        if (corrected.Length == 0)
            throw new InvalidDataException($"{file}: there is nothing in it.");
        return [await client.ReplayDeadLetterAsync(id, corrected.ToArray(), stop) ?? new ReplayedDeadLetter(id, "not_found", null, "it may have been replayed or dropped")];
    }

    private static async Task<IReadOnlyList<ReplayedDeadLetter>> ReplayAllAsync(AnalyticsClient client, DeadLetterFilter filter, CancellationToken stop)
    {
        var lines = new List<ReplayedDeadLetter>();
        string? after = null;
        do
        {
            var page = await client.ReplayDeadLettersAsync(filter, after, PageSize, stop);
            lines.AddRange(page.DeadLetters);
            after = page.Next;
        }
        while (after is not null);
        return lines;
    }
}
