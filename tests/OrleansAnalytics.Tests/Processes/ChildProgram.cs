using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>A real program as a child process; it is gone when the test is.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    private const int SigInt = 2;
    private const int SigTerm = 15;
    private const int SigContinue = 18;
    private const int SigStop = 19;
    private const string SiloLibrary = "OrleansAnalytics.Silo.dll";
    private const string ClientLibrary = "orleans-analytics.dll";

    /// <summary>The folder of a published silo, which starts faster, to test instead of the one that was built with the tests.</summary>
    private static readonly string? PublishedSilo = Environment.GetEnvironmentVariable("ORLEANS_ANALYTICS_PUBLISHED_SILO");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly string _command;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private ChildProgram(string library, string[] arguments, int? mostKilobytesOfAFile = null)
    {
        _command = $"{library} {string.Join(' ', arguments)}";
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(mostKilobytesOfAFile is null ? host : "/bin/sh")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        if (mostKilobytesOfAFile is { } most)
        {
            // Ignored, the signal becomes an error of the write. The runtime's own trick with a large file in memory would not get past the limit.
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
            foreach (var argument in (string[])["-c", "trap '' XFSZ; ulimit -f $(($0 * 2)); exec \"$@\"", $"{most}", host])
            {
                start.ArgumentList.Add(argument);
            }
        }

        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(library == SiloLibrary && PublishedSilo is { Length: > 0 } ? Path.Combine(PublishedSilo, library) : Path.Combine(AppContext.BaseDirectory, library));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove(SiloSettings.ApiKeyVariable);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        Assert.True(_process.Start(), $"{_command} did not start");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output => Kept(_output);

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors => Kept(_errors);

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Starts the silo.</summary>
    public static ChildProgram Silo(params string[] arguments) => new(SiloLibrary, arguments);

    /// <summary>Starts the silo where no file may be larger than this: every write beyond fails, and the storage does not know why.</summary>
    public static ChildProgram LimitedSilo(int mostKilobytesOfAFile, params string[] arguments) => new(SiloLibrary, arguments, mostKilobytesOfAFile);

    /// <summary>Runs the silo to its end and expects this exit code.</summary>
    public static Task<ChildProgram> SiloAsync(int exitCode, params string[] arguments) => Silo(arguments).EndAsync(exitCode);

    /// <summary>Starts the command line of the client.</summary>
    public static ChildProgram Client(params string[] arguments) => new(ClientLibrary, arguments);

    /// <summary>Runs the command line of the client to its end and expects this exit code.</summary>
    public static Task<ChildProgram> ClientAsync(int exitCode, params string[] arguments) => Client(arguments).EndAsync(exitCode);

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => Signal(SigInt);

    /// <summary>What systems send to a program that is to end.</summary>
    public void Terminate() => Signal(SigTerm);

    /// <summary>Not a step further; its connections stay.</summary>
    public void Freeze() => Signal(SigStop);

    /// <summary>On with it, after <see cref="Freeze"/>.</summary>
    public void Thaw() => Signal(SigContinue);

    /// <summary>The end without a word.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for the end and expects this exit code.</summary>
    public async Task<ChildProgram> EndAsync(int exitCode)
    {
        await EndAsync();
        Assert.True(_process.ExitCode == exitCode, $"exit code {_process.ExitCode} instead of {exitCode}: {Told()}");
        return this;
    }

    /// <summary>Waits for the end.</summary>
    public async Task EndAsync()
    {
        await using var atLast = new Last(this);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Waited {Patience.TotalSeconds} s for the end of {Told()}");
        }
    }

    /// <summary>Everything that is known of it, for messages.</summary>
    public string Told() => $"{_command}\n--- output\n{Output}\n--- errors\n{Errors}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    private void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    private static void Keep(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append('\n');
        }
    }

    private static string Kept(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private readonly struct Last(ChildProgram program) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => program.DisposeAsync();
    }
}
