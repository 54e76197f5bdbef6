using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>dead-letters drop ID… | --all --reason … [--yes]</c></summary>
internal static class DeadLetterDropVerb
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var ids = new Argument<string[]>("ID") { Description = "The dead letters.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All with the given reason, source or partition." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var filter = new DeadLetterFilterOptions();
        var server = new ServerOptions();
        var command = new Command(
            "drop",
            """
            Forget dead letters for good. Asks before it does.

            Examples:
              orleans-analytics dead-letters drop 3-1207
              orleans-analytics dead-letters drop --all --reason malformed --source test.csv --yes
            """)
        {
            ids, all, yes,
        };
        filter.AddTo(command);
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            var count = result.GetValue(ids)?.Length ?? 0;
            if (count > 0 == result.GetValue(all))
                result.AddError("Either ids or --all.");
            else if (count > 0 == filter.AreGiven(result))
                result.AddError("--all takes --reason, --source or --partition; ids take none of them.");
            else if (!result.GetValue(yes) && Console.IsInputRedirected)
                result.AddError("Nobody can be asked here: give --yes.");
        });
        command.SetAction((parsed, stop) => RunAsync(server.Read(parsed), parsed.GetValue(ids) ?? [], filter.Read(parsed), parsed.GetValue(yes), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string[] ids, DeadLetterFilter filter, bool yes, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        var meant = ids.Length > 0 ? string.Join(", ", ids) : $"all dead letters with {Describe(filter)}";
        if (!yes && !await AnsiConsole.ConfirmAsync($"Drop {Markup.Escape(Printer.Plain(meant))} for good?", defaultValue: false, stop))
            return CommandLine.Failed;
        var dropped = 0;
        foreach (var id in ids)
        {
            if (!await client.DropDeadLetterAsync(id, stop))
                return await DeadLettersVerb.UnknownAsync(id);
            dropped++;
        }
        for (string? after = null; ids.Length == 0;)
        {
            var page = await client.DropDeadLettersAsync(filter, after, PageSize, stop);
            dropped += page.Dropped;
            after = page.Next;
            if (after is null)
                break;
        }
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{dropped:N0} dropped."));
        return CommandLine.Success;
    }

    private static string Describe(DeadLetterFilter filter) => string.Join(
        " and ",
        new[]
        {
            filter.Reason is { } reason ? $"reason {reason}" : null,
            filter.Source is { } source ? $"source {source}" : null,
            filter.Partition is { } partition ? $"partition {partition.ToString(CultureInfo.InvariantCulture)}" : null,
        }.OfType<string>());
}
