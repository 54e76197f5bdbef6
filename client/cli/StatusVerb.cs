using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>status [--watch]</c></summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Once a second until Ctrl-C." };
        var server = new ServerOptions();
        var command = new Command(
            "status",
            """
            Where the server stands: what each partition has read, applied and saved.

            Examples:
              orleans-analytics status
              orleans-analytics status --watch
            """)
        {
            watch,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(server.Read(parsed), parsed.GetValue(watch), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, bool watch, CancellationToken stop)
    {
        using var client = server.ForQuestions();
        var table = Draw(await client.GetStatusAsync(stop));
        if (!watch || Console.IsOutputRedirected)
        {
            AnsiConsole.Write(table);
            return CommandLine.Success;
        }

        await AnsiConsole.Live(table).StartAsync(async live =>
        {
            using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await everySecond.WaitForNextTickAsync(stop);
                    live.UpdateTarget(Draw(await client.GetStatusAsync(stop)));
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        });
        return CommandLine.Success;
    }

    private static string DoorLine(DoorState door)
    {
        var refused = door.Refused.Where(one => one.Value > 0).Select(one => $"{N(one.Value)} {one.Key.Replace('_', ' ')}").ToList();
        return $"door: {N(door.Requests)} requests, {N(door.Waiting)} waiting, {N(door.HeldBytes)} bytes held; refused: {(refused.Count == 0 ? "none" : string.Join(", ", refused))}";
    }

    private static Table Draw(ServerStatus status)
    {
        var table = new Table().Title(status.Ready ? "ready" : "not ready");
        foreach (var column in (string[])["partition", "phase", "end", "applied", "lag", "replay from", "received", "accepted", "duplicates", "rejected", "unsaved", "rewinds"])
            table.AddColumn(column is "partition" or "phase" ? new TableColumn(column) : new TableColumn(column).RightAligned());
        foreach (var p in status.Partitions)
        {
            table.AddRow(
                N(p.Partition), Markup.Escape(p.Phase), N(p.End), N(p.Applied), N(p.Lag), N(p.ReplayFrom), N(p.Received), N(p.Accepted),
                N(p.Duplicates), N(p.Rejected), N(p.DirtyEntities), N(p.Rewinds));
        }
        var sum = status.Totals;
        table.AddRow("all", "", N(sum.End), N(sum.Applied), N(sum.Lag), "", N(sum.Received), N(sum.Accepted), N(sum.Duplicates), N(sum.Rejected), "", "");
        var notes = status.Partitions.Where(p => !string.IsNullOrEmpty(p.LastTrouble)).Take(5).Select(p => $"partition {p.Partition}: {p.LastTrouble}");
        if (status.Door is { } door)
            notes = notes.Prepend(DoorLine(door));
        if (status.DeadLetters is { } letters)
            notes = notes.Append($"dead letters: {N(letters.Kept)} kept, {N(letters.Expired)} expired");
        table.Caption(Markup.Escape(string.Join('\n', notes.Select(Printer.Plain))));
        return table;
    }

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
