using System.Diagnostics;
using System.Security.Cryptography;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.House;
using Xunit;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>Azurite, Microsoft's emulator of Azure Storage, as a process of its own on free loopback ports, with an account of its own and a folder that goes with it.</summary>
public sealed class Azurite : IAsyncDisposable
{
    private const string Account = "shop";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("azurite-");
    private readonly string _program;
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly int[] _ports = [FreePort.Or(0), FreePort.Or(0), FreePort.Or(0)];
    private Process? _process;

    private Azurite(string program) => _program = program;

    /// <summary>How to reach it, with the account's key.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={_key};BlobEndpoint=http://127.0.0.1:{_ports[0]}/{Account};TableEndpoint=http://127.0.0.1:{_ports[2]}/{Account}";

    /// <summary>The account's key: what must never be told.</summary>
    public string Key => _key;

    /// <summary>Starts one. Where it is not installed the test is skipped, or fails where services are required.</summary>
    public static async Task<Azurite> StartNewAsync()
    {
        var azurite = new Azurite(Find());
        try
        {
            await azurite.StartAsync();
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, again if it was stopped, with what it had.</summary>
    public async Task StartAsync()
    {
        string[] arguments =
        [
            "-r", Path.Combine(Repository.Root, "tests", "services", "end-with-parent.cjs"), _program, "--silent", "--disableTelemetry", "--location", _folder.FullName,

            // The client's newest version of the protocol comes before the emulator's.
            "--skipApiVersionCheck",
            "--blobPort", $"{_ports[0]}", "--queuePort", $"{_ports[1]}", "--tablePort", $"{_ports[2]}",
        ];
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{_key}";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var (tables, blobs) = (new TableServiceClient(ConnectionString, Impatient(new TableClientOptions())), new BlobServiceClient(ConnectionString, Impatient(new BlobClientOptions())));
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(_process.HasExited, "Azurite has ended");
                await tables.GetPropertiesAsync(TestContext.Current.CancellationToken);
                await blobs.GetPropertiesAsync(TestContext.Current.CancellationToken);
                return true;
            },
            "Azurite to answer");
    }

    /// <summary>Stops it; it saves what it has.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            process.Kill();
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    private static TOptions Impatient<TOptions>(TOptions options)
        where TOptions : Azure.Core.ClientOptions
    {
        options.Retry.MaxRetries = 0;
        return options;
    }

    private static string Find()
    {
        var version = Repository.Read("tests/services/azurite.version").Trim();
        var services = Environment.GetEnvironmentVariable("ORLEANS_ANALYTICS_SERVICES") is { Length: > 0 } told
            ? told
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "orleans-analytics");
        var program = Path.Combine(services, $"azurite-{version}", "node_modules", "azurite", "dist", "src", "azurite.js");
        RequiredServices.Need(
            File.Exists(program) && RequiredServices.Folders.Any(folder => File.Exists(Path.Combine(folder, "node"))),
            $"Azurite {version} is not installed in {services}, or there is no node: bash tests/services/azurite.sh installs it where there is npm");
        return program;
    }
}
