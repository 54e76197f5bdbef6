using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>ingest FILE… [--speed N|max] [--loop]</c></summary>
internal static class IngestVerb
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "CSV or JSON lines, also .gz; - is the standard input.", Arity = ArgumentArity.OneOrMore };
        var speed = new Option<double>("--speed")
        {
            Description = "max (default), or a multiple of the events' own speed: 1 is real time, 60 an hour a minute.",
            HelpName = "N|max",
            DefaultValueFactory = _ => double.PositiveInfinity,
            CustomParser = result =>
            {
                if (result.Tokens[0].Value == "max")
                    return double.PositiveInfinity;
                if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0)
                    return value;
                result.AddError("--speed takes a positive number or max.");
                return 0;
            },
        };
        var loop = new Option<bool>("--loop")
        {
            Description = "Begin again after the last file until Ctrl-C. Each round's event times are moved so that they follow on the round before.",
        };
        var server = new ServerOptions();
        var command = new Command(
            "ingest",
            """
            Send files. Ctrl-C finishes the batch in flight and says how far the server has it; sending a file again is harmless.

            Examples:
              orleans-analytics ingest 2019-Oct.csv.gz
              orleans-analytics ingest --speed 60 --loop shop.csv
              zcat 2019-Oct.csv.gz | orleans-analytics ingest -
            """)
        {
            files, speed, loop,
        };
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(loop) && result.GetValue(files)!.Contains("-"))
                result.AddError("--loop cannot read the standard input again.");
        });
        command.SetAction((parsed, stop) =>
            RunAsync(parsed.GetRequiredValue(files), parsed.GetValue(speed), parsed.GetValue(loop), server.Read(parsed), stop));
        return command;
    }

    private static async Task<int> RunAsync(string[] files, double speed, bool loop, Server server, CancellationToken stop)
    {
        using var client = server.ForSending();
        if (Console.IsErrorRedirected)
            return await SendAllAsync(client, files, speed, loop, new IngestProgress(null), stop);

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await terminal.Progress().Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).StartAsync(
            context => SendAllAsync(client, files, speed, loop, new IngestProgress(context.AddTask("connecting")), stop));
    }

    private static async Task<int> SendAllAsync(
        AnalyticsClient client, string[] files, double speed, bool loop, IngestProgress progress, CancellationToken stop)
    {
        var isPaced = loop || !double.IsPositiveInfinity(speed);
        var replay = new Replay(new Pacer(speed, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), TimeProvider.System);
        var roundMs = 0L;
        do
        {
            foreach (var file in files)
            {
                await using var source = IngestSource.Open(file);
                progress.NextFile();
                progress.File = () => source.Progress;
                if (loop)
                    await RefuseEventIdsAsync(file, source.Format, stop);
                var chunks = RecordChunker.ReadAsync(source.Records, source.Format, 1024 * 1024, CancellationToken.None);
                chunks = isPaced ? replay.PaceAsync(chunks, source.Format, stop, CancellationToken.None) : UntilAsync(chunks, stop, CancellationToken.None);
                try
                {
                    await client.UploadAsync(chunks, source.Format, source.Name, progress, CancellationToken.None);
                }
                catch (SendFailedException failed)
                {
                    throw new IOException($"{file}: {CommandLine.Explain(failed)} Send the file again later: nothing is counted twice.");
                }
                if (stop.IsCancellationRequested)
                {
                    await Console.Error.WriteLineAsync($"stopped; {file} is acknowledged up to record {progress.AcknowledgedOfFile}. {progress.Summary()}");
                    return CommandLine.Failed;
                }
            }
            if (loop && replay.FirstMs == long.MaxValue)
                throw new InvalidDataException("--loop needs event times, and there are none.");
            roundMs = roundMs > 0 ? roundMs : replay.LastMs - replay.FirstMs + 1000;
            replay.MoveByMs += roundMs;
        }
        while (loop);
        await Console.Error.WriteLineAsync(progress.Summary());
        return CommandLine.Success;
    }

    private static async Task RefuseEventIdsAsync(string file, RecordFormat format, CancellationToken stop)
    {
        await using var source = IngestSource.Open(file);
        using var reader = new StreamReader(source.Records);
        var first = await reader.ReadLineAsync(stop) ?? "";
        if (EventTimeField.For(format, System.Text.Encoding.UTF8.GetBytes(first)).HasEventIds)
            throw new InvalidDataException($"{file} has event ids of its own, so a second round would be duplicates only; --loop cannot be used.");
    }

    private static async IAsyncEnumerable<RecordChunk> UntilAsync(
        IAsyncEnumerable<RecordChunk> chunks, CancellationToken stop, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var chunk in chunks.WithCancellation(cancellationToken))
        {
            if (stop.IsCancellationRequested)
                yield break;
            yield return chunk;
        }
    }
}
