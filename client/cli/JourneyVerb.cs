using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>journey USER [--from --to] [--json]</c></summary>
internal static class JourneyVerb
{
    public static Command Create()
    {
        var user = new Argument<string>("USER") { Description = "The user id." };
        var from = TimeOption("--from", "Steps from this time on (UTC): 2019-10-01 or 2019-10-01T12:00.");
        var to = TimeOption("--to", "Steps before this time (UTC).");
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var server = new ServerOptions();
        var command = new Command(
            "journey",
            """
            What one shopper did, session by session. With --from, what is older than the server keeps at hand comes from its lake.

            Examples:
              orleans-analytics journey 541312140
              orleans-analytics journey 541312140 --from 2019-10-01 --to 2019-10-08 --json
            """)
        {
            user, from, to, json,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(
            server.Read(parsed), parsed.GetRequiredValue(user), parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(json), stop));
        return command;
    }

    private static Option<DateTimeOffset?> TimeOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, Utc, out var time))
                return time;
            result.AddError($"{name} takes a time such as 2019-10-01 or 2019-10-01T12:00Z.");
            return null;
        },
    };

    private static async Task<int> RunAsync(Server server, string user, DateTimeOffset? from, DateTimeOffset? to, bool json, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        if (await client.GetJourneyAsync(user, from, to, stop) is not { } journey)
        {
            await Console.Error.WriteLineAsync($"error: no events of user {user}.");
            return CommandLine.Failed;
        }
        if (json)
            Printer.Json(journey);
        else
            Print(journey);
        return CommandLine.Success;
    }

    private static void Print(UserJourney journey)
    {
        var kinds = string.Join(", ", journey.Kinds.Select(kind => $"{kind.Key} {kind.Value}"));
        AnsiConsole.MarkupLineInterpolated(
            $"user [bold]{Printer.Plain(journey.UserId)}[/]: {journey.Events} events ({kinds}) in {journey.Sessions} sessions, revenue {journey.Revenue}, {Printer.Time(journey.FirstSeen)} – {Printer.Time(journey.LastSeen)}");
        foreach (var session in journey.SessionList)
        {
            var table = new Table().AddColumns("time", "kind", "subject").AddColumn(new TableColumn("price").RightAligned());
            table.Title(Markup.Escape($"{Printer.Time(session.Start)} – {Printer.Time(session.End)}, {session.Events} events, {Printer.Plain(session.Key ?? "no key")}"));
            foreach (var step in session.Steps)
                table.AddRow(Printer.Time(step.Time), step.Kind.Name(), Markup.Escape(Printer.Plain(step.Subject)), step.Price.ToString());
            AnsiConsole.Write(table);
        }
        foreach (var line in journey.OpenCart)
            AnsiConsole.MarkupLineInterpolated($"in the cart since {Printer.Time(line.Since)}: {Printer.Plain(line.ProductId)} for {line.Price}");
        if (journey.LakeNote is { } note)
            AnsiConsole.WriteLine(Printer.Plain(note));
        else if (journey.Truncated)
            AnsiConsole.WriteLine($"Older steps of this period are not kept here{(journey.KeptFrom is { } kept ? $", only those from {Printer.Time(kept)} on; --from asks the lake for them" : "")}.");
    }
}
