using System.CommandLine;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>dead-letters [list] | show | replay | drop</c></summary>
internal static class DeadLettersVerb
{
    private const int PageSize = 500;
    private const int ShownOfARecord = 100;

    public static Command Create()
    {
        var command = List("dead-letters");
        command.Add(List("list"));
        command.Add(Show());
        command.Add(DeadLetterReplayVerb.Create());
        command.Add(DeadLetterDropVerb.Create());
        return command;
    }

    private static Command List(string name)
    {
        var filter = new DeadLetterFilterOptions();
        var limit = new Option<int>("--limit", "-n") { Description = "At most so many.", HelpName = "N", DefaultValueFactory = _ => 50 };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var server = new ServerOptions();
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && value < 1)
                result.AddError("--limit must be at least 1.");
        });
        var command = new Command(
            name,
            """
            Records that could not be counted, and why.

            Examples:
              orleans-analytics dead-letters
              orleans-analytics dead-letters list --reason mangled_id --limit 10
              orleans-analytics dead-letters show 3-1207
              orleans-analytics dead-letters replay 3-1207 --with corrected.json
              orleans-analytics dead-letters drop --all --source test.csv
            """)
        {
            limit, json,
        };
        filter.AddTo(command);
        server.AddTo(command);
        command.SetAction((parsed, stop) => ListAsync(server.Read(parsed), filter.Read(parsed), parsed.GetValue(limit), parsed.GetValue(json), stop));
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "The dead letter, as it is listed." };
        var raw = new Option<bool>("--raw") { Description = "The record alone, for CSV with its header, to be corrected and given to replay --with." };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var server = new ServerOptions();
        var command = new Command(
            "show",
            """
            One dead letter with its whole record.

            Examples:
              orleans-analytics dead-letters show 3-1207
              orleans-analytics dead-letters show 3-1207 --raw > corrected.csv
            """)
        {
            id, raw, json,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => ShowAsync(server.Read(parsed), parsed.GetRequiredValue(id), parsed.GetValue(raw), parsed.GetValue(json), stop));
        return command;
    }

    private static async Task<int> ListAsync(Server server, DeadLetterFilter filter, int limit, bool json, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        var letters = new List<DeadLetterRecord>();
        for (string? after = null; letters.Count < limit;)
        {
            var page = await client.GetDeadLettersAsync(filter, after, Math.Min(PageSize, limit - letters.Count), stop);
            letters.AddRange(page.DeadLetters);
            after = page.Next;
            if (after is null || page.DeadLetters.Count == 0)
                break;
        }
        if (json)
        {
            Printer.Json(letters);
            return CommandLine.Success;
        }
        if (letters.Count == 0)
        {
            await Console.Error.WriteLineAsync("none.");
            return CommandLine.Success;
        }

        var table = new Table().AddColumns("id", "reason", "source", "received", "record");
        foreach (var letter in letters)
            table.AddRow(Cells(letter.Id, Why(letter.Reason, letter.Detail), letter.Source, Printer.Time(letter.ReceivedAt), Beginning(letter.Raw ?? "")));
        AnsiConsole.Write(table);
        return CommandLine.Success;
    }

    private static async Task<int> ShowAsync(Server server, string id, bool raw, bool json, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        if (await client.GetDeadLetterAsync(id, stop) is not { } letter)
            return await UnknownAsync(id);
        if (json)
            Printer.Json(letter);
        else if (raw)
            await Console.Out.WriteAsync($"{(letter.Header is null ? "" : letter.Header + "\n")}{letter.Raw}\n");
        else
            Print(letter);
        return CommandLine.Success;
    }

    private static void Print(DeadLetterRecord letter)
    {
        var table = new Table().Title(Markup.Escape(Printer.Plain(letter.Id))).HideHeaders().AddColumns("name", "value");
        table.AddRow(Cells("reason", Why(letter.Reason, letter.Detail)));
        table.AddRow(Cells("source", letter.Source));
        table.AddRow(Cells("received", Printer.Time(letter.ReceivedAt)));
        if (!string.IsNullOrEmpty(letter.Entity))
            table.AddRow(Cells("entity", letter.Entity));
        if (letter.Header is not null)
            table.AddRow(Cells("header", letter.Header));
        table.AddRow(Cells(letter.IsCut ? "record (its beginning)" : "record", letter.Raw ?? ""));
        AnsiConsole.Write(table);
    }

    /// <summary>Tells that there is no such letter.</summary>
    internal static async Task<int> UnknownAsync(string id)
    {
        await Console.Error.WriteLineAsync($"error: no dead letter {Printer.Plain(id)}; it may have been replayed or dropped.");
        return CommandLine.Failed;
    }

    /// <summary>A reason with its detail.</summary>
    internal static string Why(string? reason, string? detail) => detail is null ? reason ?? "" : $"{reason}: {detail}";

    /// <summary>Cells of a table that cannot steer the terminal.</summary>
    internal static string[] Cells(params ReadOnlySpan<string> texts)
    {
        var cells = new string[texts.Length];
        for (var i = 0; i < texts.Length; i++)
            cells[i] = Markup.Escape(Printer.Plain(texts[i]));
        return cells;
    }

    private static string Beginning(string raw) => raw.Length <= ShownOfARecord ? raw : raw[..ShownOfARecord] + "…";
}
