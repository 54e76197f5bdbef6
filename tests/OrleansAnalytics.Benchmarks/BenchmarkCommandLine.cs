using System.CommandLine;
using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Benchmarks.Http;
using OrleansAnalytics.Benchmarks.Logs;
using OrleansAnalytics.Benchmarks.Micro;
using OrleansAnalytics.Benchmarks.Month;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Scale;
using OrleansAnalytics.Benchmarks.Silos;
using OrleansAnalytics.Benchmarks.Throughput;
using OrleansAnalytics.Benchmarks.Workloads;

namespace OrleansAnalytics.Benchmarks;

/// <summary>The command line of the benchmarks.</summary>
internal static class BenchmarkCommandLine
{
    private const string All = "all";
    private const string Run = "dotnet run -c Release --project tests/OrleansAnalytics.Benchmarks --";

    /// <summary>What ending the children and removing their files may take after Ctrl-C.</summary>
    private static readonly TimeSpan CleanUpTimeout = TimeSpan.FromSeconds(30);

    private static readonly Option<ulong> Seed = new("--seed") { Description = "Seed of the generated events", DefaultValueFactory = _ => 1 };

    /// <summary>Runs one command line; answers the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            return await Create().Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = CleanUpTimeout });
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IOException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <summary>The command line with its actions.</summary>
    public static RootCommand Create() => new("What an event costs, and what others would pay for it. Progress goes to standard error, results to standard output and into a file.")
    {
        ThroughputVerb(), MicroVerb(), MemoryVerb(), FlatVerb(), LogsVerb(), StatesVerb(), ClusterVerb(), MonthVerb(), HttpVerb(), BrokerVerb(), EngineVerb(), NodeVerb(),
    };

    private static Command ThroughputVerb()
    {
        var events = new Option<long>("--events") { Description = "Events of each pass", DefaultValueFactory = _ => 4_000_000 };
        var workload = new Option<string>("--workload") { Description = "The order of the events", DefaultValueFactory = _ => All }.AcceptOnlyFromAmong([.. Workload.Names, All]);
        var engine = new Option<string>("--engine") { Description = "Who processes them", DefaultValueFactory = _ => All }.AcceptOnlyFromAmong([.. EngineNames.All, All]);
        var runs = new Option<int>("--runs") { Description = "Runs of each engine, in turn; the median counts", DefaultValueFactory = _ => 3 };
        var output = Output("throughput.md");
        var verb = new Command("throughput", "Events per second until every grain has them, side by side with other ways to do it") { events, workload, engine, runs, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ThroughputOptions(
                AtLeastOne(parsed, events),
                Chosen(parsed.GetValue(workload)!, Workload.Names),
                Chosen(parsed.GetValue(engine)!, EngineNames.All),
                (int)AtLeastOne(parsed, runs),
                parsed.GetValue(Seed));
            var result = await new ThroughputComparison(options).RunAsync(cancellationToken);
            return Write(parsed, output, "Throughput", ThroughputTable.Of(result), result.Facts);
        });
        return verb;
    }

    private static Command MicroVerb()
    {
        var filter = new Option<string>("--filter") { Description = "Which benchmarks, as a pattern of class and method", DefaultValueFactory = _ => "*" };
        var output = Output("micro.md");
        var verb = new Command("micro", "What each step costs by itself") { filter, output };
        verb.SetAction(parsed => Write(parsed, output, "Steps", MicroRun.Run(parsed.GetValue(filter)!), MicroRun.Notes));
        return verb;
    }

    private static Command MemoryVerb()
    {
        var users = new Option<long>("--users") { Description = "Users who become active", DefaultValueFactory = _ => 2_000_000 };
        var output = Output("memory.md");
        var verb = new Command("memory", "Memory of the process for each active user") { users, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var table = await MemoryRun.RunAsync(AtLeastOne(parsed, users), parsed.GetValue(Seed), cancellationToken);
            return Write(parsed, output, "Memory", table, [$"{MemoryRun.EventsEach} events of each user, saved; after a full collection. All of the process is divided by the users: also products, partitions, the log and the store."]);
        });
        return verb;
    }

    private static Command FlatVerb()
    {
        var users = new Option<long[]>("--users") { Description = "Numbers of users", DefaultValueFactory = _ => FlatRun.Users, AllowMultipleArgumentsPerToken = true };
        var events = new Option<long>("--events") { Description = "Events of the measured pass", DefaultValueFactory = _ => 2_000_000 };
        var output = Output("flat.md");
        var verb = new Command("flat", "Processor time of an event, by the number of active users") { users, events, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var table = await FlatRun.RunAsync(parsed.GetValue(users)!, AtLeastOne(parsed, events), parsed.GetValue(Seed), cancellationToken);
            return Write(parsed, output, "Cost of an event by the number of users", table, [$"All users are active; always {Workload.Visitors:N0} visits at a time (or all users, if they are fewer)."]);
        });
        return verb;
    }

    private static Command LogsVerb()
    {
        var events = new Option<long>("--events") { Description = "Events that are appended and read", DefaultValueFactory = _ => 1_000_000 };
        var output = Output("logs.md");
        var verb = new Command("logs", "What appending to the log and reading it cost, embedded and on the Kafka protocol") { events, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var (table, idle) = await LogsRun.RunAsync(AtLeastOne(parsed, events), parsed.GetValue(Seed), cancellationToken);
            return Write(parsed, output, "Logs", table, LogsRun.Notes(idle));
        });
        return verb;
    }

    private static Command StatesVerb()
    {
        var postgres = new Option<string>("--postgres") { Description = "How to connect to a database that may be filled", Required = true };
        var states = new Option<int>("--states") { Description = "Records", DefaultValueFactory = _ => 100_000 };
        var output = Output("states.md");
        var verb = new Command("states", "What a saved state costs in PostgreSQL") { postgres, states, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var table = await StatesRun.RunAsync(parsed.GetValue(postgres)!, (int)AtLeastOne(parsed, states), cancellationToken);

            // The command line holds a password.
            ResultFile.Write(parsed.GetValue(output)!.FullName, "Saved states", $"{Run} states --postgres … --states {parsed.GetValue(states)}", table.ToString(), ["A server with its default settings, synced commits, on the same machine."]);
            return 0;
        });
        return verb;
    }

    private static Command ClusterVerb()
    {
        var postgres = new Option<string>("--postgres") { Description = "How to connect to a database that may be filled", Required = true };
        var events = new Option<long>("--events") { Description = "Events of the measured pass, as many as before it; the brokers keep about two million in all", DefaultValueFactory = _ => 500_000 };
        var silos = new Option<int[]>("--silos") { Description = "Numbers of silos", DefaultValueFactory = _ => [1, 2, 4], AllowMultipleArgumentsPerToken = true };
        var output = Output("cluster.md");
        var verb = new Command("cluster", "What an event costs one, two and four silos on this machine") { postgres, events, silos, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var table = await new ClusterRun(parsed.GetValue(postgres)!, AtLeastOne(parsed, events), parsed.GetValue(silos)!, parsed.GetValue(Seed)).RunAsync(cancellationToken);

            // The command line holds a password.
            ResultFile.Write(parsed.GetValue(output)!.FullName, "Silos", $"{Run} cluster --postgres … --events {parsed.GetValue(events)}", table.ToString(), ClusterRun.Notes);
            return 0;
        });
        return verb;
    }

    private static Command MonthVerb()
    {
        var events = new Option<long>("--events") { Description = "Rows of the month's file", DefaultValueFactory = _ => MonthRun.October };
        var memory = new Option<double>("--memory") { Description = "Gigabytes of memory for what the reports share", DefaultValueFactory = _ => 2.75 };
        var output = Output("month.md");
        var verb = new Command("month", "A month of history: import, all reports, compaction, one user's history") { events, memory, Seed, output };
        verb.SetAction((parsed, cancellationToken) =>
        {
            var table = new MonthRun(AtLeastOne(parsed, events), (long)(parsed.GetValue(memory) * (1L << 30)), parsed.GetValue(Seed)).Run(cancellationToken);
            return Task.FromResult(Write(parsed, output, "A month of history", table, ["Each phase in this process; the peak is its largest working set during the phase. A history opens the lake anew, as a question to a node does."]));
        });
        return verb;
    }

    private static Command HttpVerb()
    {
        var events = new Option<long>("--events") { Description = "Events of each format", DefaultValueFactory = _ => 500_000 };
        var lookups = new Option<long>("--lookups") { Description = "Journeys asked for", DefaultValueFactory = _ => 200_000 };
        var connections = new Option<long>("--connections") { Description = "Senders, or askers, at the same time", DefaultValueFactory = _ => 8 };
        var output = Output("http.md");
        var verb = new Command("http", "What events at the door and journeys cost a node") { events, lookups, connections, Seed, output };
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            var run = new HttpRun((int)AtLeastOne(parsed, events), (int)AtLeastOne(parsed, lookups), (int)AtLeastOne(parsed, connections), parsed.GetValue(Seed));
            return Write(parsed, output, "At the door, and asked", await run.RunAsync(cancellationToken), HttpRun.Notes);
        });
        return verb;
    }

    private static Command NodeVerb()
    {
        var data = new Argument<string>("data");
        var verb = new Command(NodeProcess.Verb, "A node in a process of its own; started by the other verbs") { data };
        verb.Hidden = true;
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            await NodeProcess.ServeAsync(parsed.GetValue(data)!, cancellationToken);
            return 0;
        });
        return verb;
    }

    private static Command BrokerVerb()
    {
        var verb = new Command(BrokerProcess.Verb, "Brokers in a process of their own; started by the other verbs") { Hidden = true };
        verb.SetAction(_ => BrokerProcess.Serve());
        return verb;
    }

    private static Command EngineVerb()
    {
        var (engine, workload, data, result) = (new Argument<string>("engine"), new Argument<string>("workload"), new Argument<string>("data"), new Argument<string>("result"));
        var verb = new Command(EngineProcess.Verb, "One engine in a process of its own; started by the other verbs") { engine, workload, data, result };
        verb.Hidden = true;
        verb.SetAction((parsed, cancellationToken) => EngineProcess.ServeAsync(
            new EngineJob(parsed.GetValue(engine)!, parsed.GetValue(workload)!, parsed.GetValue(data)!), parsed.GetValue(result)!, cancellationToken));
        return verb;
    }

    private static Option<FileInfo> Output(string name) => new("--out")
    {
        Description = "The file for the result",
        DefaultValueFactory = _ => new FileInfo(Path.Combine(ResultFile.Folder, name)),
    };

    private static int Write(ParseResult parsed, Option<FileInfo> output, string title, ResultTable table, IEnumerable<string> notes)
    {
        ResultFile.Write(parsed.GetValue(output)!.FullName, title, string.Join(' ', [Run, .. parsed.Tokens.Select(token => token.Value)]), table.ToString(), notes);
        return 0;
    }

    private static string[] Chosen(string name, IReadOnlyList<string> names) => name == All ? [.. names] : [name];

    private static long AtLeastOne<T>(ParseResult parsed, Option<T> option)
        where T : IConvertible
    {
        var value = parsed.GetValue(option)!.ToInt64(null);
        return value >= 1 ? value : throw new ArgumentException($"{option.Name} must be 1 or more");
    }
}
