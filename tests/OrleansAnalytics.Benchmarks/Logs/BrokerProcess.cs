using System.Diagnostics;
using OrleansAnalytics.Tests.Events.Kafka;

namespace OrleansAnalytics.Benchmarks.Logs;

/// <summary>Brokers in a process of their own, so that what they cost is not counted.</summary>
internal sealed class BrokerProcess : IDisposable
{
    public const string Verb = "broker";
    public const string Topic = "events";
    public const int Partitions = 64;

    private readonly Process _process;

    /// <summary>Starts them; ready when constructed.</summary>
    public BrokerProcess()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(BrokerProcess).Assembly.Location);
        }

        start.ArgumentList.Add(Verb);
        _process = Process.Start(start)!;
        Brokers = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the brokers did not start");
    }

    /// <summary><c>host:port</c> of all of them.</summary>
    public string Brokers { get; }

    /// <summary>Is that process: serves until its input ends.</summary>
    public static int Serve()
    {
        using var cluster = new MockKafka();
        cluster.CreateTopic(Topic, Partitions);
        Console.WriteLine(cluster.Brokers);
        Console.In.ReadToEnd();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
