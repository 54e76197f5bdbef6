using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Benchmarks.Engines;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Journeys;

namespace OrleansAnalytics.Benchmarks.Http;

/// <summary>
/// The real node in a process of its own, so that its processor time is its own. Its partitions read nothing until they are let: so the door can be measured without what the
/// partitions do with the events. It ends when this process does, however that ends.
/// </summary>
internal sealed class NodeProcess : IDisposable
{
    /// <summary>The verb, not shown in the help, that makes this program such a process.</summary>
    public const string Verb = "node";

    private const string Read = "read";
    private const string Done = "done";

    private readonly Process _process;

    /// <summary>Starts it; it serves when constructed.</summary>
    /// <param name="data">Its data folder.</param>
    public NodeProcess(string data)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(data);
        _process = Process.Start(start)!;
        Address = new Uri(Answer());
    }

    /// <summary>Where it serves.</summary>
    public Uri Address { get; }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Lets the partitions read all that the log has, and waits until it is applied and saved.</summary>
    public void ReadAll()
    {
        _process.StandardInput.WriteLine(Read);
        if (Answer() != Done)
        {
            throw new InvalidOperationException("the node did not read its log");
        }
    }

    /// <summary>Lets it ask its own grains for journeys, one after the other in so many tasks.</summary>
    /// <returns>How many it got, and the seconds it took.</returns>
    public (long Journeys, double Seconds) AskInside(IReadOnlyCollection<string> users, int tasks, int each)
    {
        _process.StandardInput.WriteLine(string.Join(' ', [.. users.Prepend(each.ToString(CultureInfo.InvariantCulture)).Prepend(tasks.ToString(CultureInfo.InvariantCulture))]));
        var answer = Answer().Split(' ');
        return (long.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Is that process: serves until its input ends.</summary>
    public static async Task ServeAsync(string data, CancellationToken cancellationToken)
    {
        var app = SiloHost.Build(new SiloSettings { DataFolder = data, Urls = "http://127.0.0.1:0" }, services =>
        {
            services.AddSingleton(provider => new GatedLog(provider.GetRequiredService<RocksDbEventLog>()));
            services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<GatedLog>());
        });
        await app.StartAsync(cancellationToken);
        Console.WriteLine(app.Urls.Single());
        while (Console.ReadLine() is { } line)
        {
            Console.WriteLine(line == Read ? await ReadAllAsync(app, cancellationToken) : await AskAsync(app, line.Split(' ')));
        }

        // Nobody wants what it holds: it ends at once.
        Environment.Exit(0);
    }

    private static async Task<string> ReadAllAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var log = app.Services.GetRequiredService<RocksDbEventLog>();
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        var ends = await Task.WhenAll(Enumerable.Range(0, log.PartitionCount).Select(partition => log.EndAsync(partition, cancellationToken).AsTask()));
        app.Services.GetRequiredService<GatedLog>().Open(ends);
        await Task.WhenAll(ends.Select(async (end, partition) =>
        {
            // Looked at instead of waited for: with millions of events to go a checkpoint takes longer than a call may.
            while ((await grains.GetGrain<Partitions.IPartitionGrain>(partition).StatusAsync()).ReplayFrom < end)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
        }));
        return Done;
    }

    private static async Task<string> AskAsync(WebApplication app, string[] words)
    {
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        var (tasks, each, users) = (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture), words[2..]);
        var started = Stopwatch.GetTimestamp();
        var found = await Task.WhenAll(Enumerable.Range(0, tasks).Select(task => Task.Run(async () =>
        {
            var random = new Random(task);
            var journeys = 0L;
            for (var i = 0; i < each; i++)
            {
                journeys += await grains.GetGrain<IUserGrain>(users[random.Next(users.Length)]).GetJourneyAsync(null, null) is null ? 0 : 1;
            }

            return journeys;
        })));
        return string.Create(CultureInfo.InvariantCulture, $"{found.Sum()} {Stopwatch.GetElapsedTime(started).TotalSeconds}");
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the node ended; what it said is on standard error");
}
