using System.Diagnostics;
using System.Text;
using Xunit;

namespace OrleansAnalytics.Tests;

/// <summary>A process of a server that tests run against, and what it has written so far.</summary>
internal sealed class ServerProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ServerProgram(string folder, string file, string[] arguments)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder },
        };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it has written, for messages.</summary>
    public string Told
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ServerProgram Start(string folder, string file, params string[] arguments) => new(folder, file, arguments);

    /// <summary>Runs one to its end, which must be a good one.</summary>
    public static async Task RunAsync(string folder, string file, params string[] arguments)
    {
        using var program = Start(folder, file, arguments);
        await program.EndAsync();
        Assert.True(program._process.ExitCode == 0, $"{file} {string.Join(' ', arguments)} ended with {program._process.ExitCode}: {program.Told}");
    }

    /// <summary>Sends it a signal that ends it, and waits for the end.</summary>
    public async Task EndAsync(int signal)
    {
        await RunAsync(_process.StartInfo.WorkingDirectory, "kill", $"-{signal}", $"{_process.Id}");
        await EndAsync();
    }

    /// <summary>Forgets the process, which goes on if it has not ended.</summary>
    public void Dispose() => _process.Dispose();

    private async Task EndAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(deadline.Token);
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.Append(line).Append('\n');
        }
    }
}
