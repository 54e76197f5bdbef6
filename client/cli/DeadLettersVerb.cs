using System.CommandLine;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>dead-letters [list]</c></summary>
internal static class DeadLettersVerb
{
    private const int PageSize = 500;

    public static Command Create()
    {
        var command = List("dead-letters");
        command.Add(List("list"));
        return command;
    }

    private static Command List(string name)
    {
        var reason = new Option<string?>("--reason", "-r") { Description = "Only with this reason, for example bad_time." };
        var limit = new Option<int>("--limit", "-n") { Description = "At most so many.", HelpName = "N", DefaultValueFactory = _ => 50 };
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
            """)
        {
            reason, limit,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(server.Read(parsed), parsed.GetValue(reason), parsed.GetValue(limit), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string? reason, int limit, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        var table = new Table().AddColumns("id", "reason", "source", "received", "record");
        string? after = null;
        while (table.Rows.Count < limit)
        {
            var page = await client.GetDeadLettersAsync(after, Math.Min(PageSize, limit - table.Rows.Count), reason, stop);
            foreach (var letter in page.DeadLetters)
            {
                var why = letter.Detail is null ? letter.Reason : $"{letter.Reason}: {letter.Detail}";
                table.AddRow(
                    Markup.Escape(letter.Id), Markup.Escape(why), Markup.Escape(letter.Source), Printer.Time(letter.ReceivedAt), Markup.Escape(Printer.Plain(letter.Raw ?? "")));
            }
            after = page.Next;
            if (after is null || page.DeadLetters.Count == 0)
                break;
        }
        if (table.Rows.Count == 0)
            await Console.Error.WriteLineAsync("none.");
        else
            AnsiConsole.Write(table);
        return CommandLine.Success;
    }
}
