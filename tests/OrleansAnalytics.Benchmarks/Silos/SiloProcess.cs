using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OrleansAnalytics.Hosting;

namespace OrleansAnalytics.Benchmarks.Silos;

/// <summary>A silo of a cluster, as a process of its own.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly HttpClient _http;

    /// <summary>Starts it; it does not serve yet.</summary>
    /// <param name="connection">How to connect to PostgreSQL; a secret, so it is told in the environment.</param>
    /// <param name="arguments">The command line.</param>
    public SiloProcess(string connection, params string[] arguments)
    {
        var url = $"http://127.0.0.1:{FreePort.Or(0).ToString(CultureInfo.InvariantCulture)}";
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "OrleansAnalytics.Silo.dll"), "--urls", url, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["PostgreSql__ConnectionString"] = connection;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Processor time that it has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Waits until it is ready.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => UntilAsync(
        async () =>
        {
            using var answer = await _http.GetAsync("/health/ready", cancellationToken);
            return answer.IsSuccessStatusCode;
        },
        cancellationToken);

    /// <summary>Waits until all partitions of the cluster have applied and saved so many events.</summary>
    public Task SavedAsync(long events, CancellationToken cancellationToken) => UntilAsync(
        async () =>
        {
            var status = await _http.GetFromJsonAsync<JsonElement>("/v1/status", cancellationToken);
            return status.GetProperty("ready").GetBoolean() && status.GetProperty("totals").GetProperty("received").GetInt64() >= events
                && status.GetProperty("partitions").EnumerateArray().All(one => one.GetProperty("replayFrom").GetInt64() == one.GetProperty("end").GetInt64());
        },
        cancellationToken);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience; await Task.Delay(Pause, cancellationToken))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"a silo ended with exit code {_process.ExitCode}; what it said is on standard error");
            }

            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // It is coming up, or a partition is moving.
            }
        }

        throw new InvalidOperationException($"the cluster was not done after {Patience.TotalMinutes:0} minutes");
    }
}
