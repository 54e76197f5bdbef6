using System.Globalization;
using Npgsql;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Tests.AzureStorage;
using OrleansAnalytics.Tests.Events.Kafka;
using OrleansAnalytics.Tests.Partitions;
using OrleansAnalytics.Tests.PostgreSql;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>Silos as processes of their own on real parts: log on the Kafka protocol, state, membership and reminders in PostgreSQL, lake in Azure Storage.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private const int Dead = 6;
    private const string ToldDead = "I have been told I am dead";

    private readonly StorageFolder _folder = new();
    private readonly KafkaLogs _logs;
    private readonly NpgsqlDataSource _database;
    private readonly string[] _settings;
    private readonly Member?[] _members;
    private readonly string[] _data;

    private ProcessCluster(int silos, KafkaLogs logs, PostgreSqlOptions state, AzureOptionsOfTest lake, string[] settings)
    {
        (_logs, _members) = (logs, new Member?[silos]);
        _data = [.. _members.Select(_ => _folder.Next())];
        _database = NpgsqlDataSource.Create(state.ConnectionString!);
        _settings =
        [
            .. logs.Settings, "--log", "error", "--profile", "postgres", "--Lake:Kind", "azure-blobs", "--Reports:Kind", "azure-blobs",
            $"--PostgreSql:{nameof(PostgreSqlOptions.ConnectionString)}", state.ConnectionString!, "--Azure:ConnectionString", lake.ConnectionString, "--Azure:ContainerPrefix", lake.ContainerPrefix,
            "--Cluster:ProbeEvery", "00:00:01", "--Cluster:MissedProbes", "3", "--Cluster:AliveEvery", "00:00:01", "--Cluster:ReadEvery", "00:00:01", .. settings,
        ];
    }

    /// <summary>The wires between them.</summary>
    public SiloNetwork Network { get; } = new();

    /// <summary>Those that run, frozen ones among them.</summary>
    public IReadOnlyList<ServedNode> Nodes
    {
        get
        {
            lock (_members)
            {
                return [.. _members.OfType<Member>().Select(member => member.Node)];
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts silos and waits until all of them are ready.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="database">Where their tables are made.</param>
    /// <param name="azurite">Where the lake is.</param>
    /// <param name="partitions">Of the log.</param>
    /// <param name="settings">Further settings of all silos.</param>
    public static async Task<ProcessCluster> StartAsync(int silos, PostgreSqlOfTheRun database, SharedAzurite azurite, int partitions, params string[] settings)
    {
        var storage = AzureShop.OptionsOf(await azurite.GetAsync());
        var cluster = new ProcessCluster(silos, new KafkaLogs(partitions), await database.NewShopAsync(), new AzureOptionsOfTest(storage.ConnectionString!, storage.ContainerPrefix), settings);
        try
        {
            for (var silo = 0; silo < silos; silo++)
            {
                cluster.Start(silo);
            }

            await cluster.ReadyAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The process of a silo that runs.</summary>
    public ServedNode this[int silo]
    {
        get
        {
            lock (_members)
            {
                return _members[silo]?.Node ?? throw new InvalidOperationException($"silo {silo} does not run");
            }
        }
    }

    /// <summary>Starts a silo, with its old data folder.</summary>
    public void Start(int silo, params string[] settings)
    {
        var port = FreePort.Or(0);
        var gate = Network.Before(port);
        var node = ServedNode.Start(
            _data[silo],
            [.. _settings, "--silo-port", $"{gate.Port}", "--silo-listen-port", $"{port}", .. settings]);
        node.SendPatience = TimeSpan.FromSeconds(3);
        gate.Belongs(node.Program.Id);
        lock (_members)
        {
            Assert.Null(_members[silo]);
            _members[silo] = new Member(node, gate.Port);
        }
    }

    /// <summary>Forgets a silo whose process has ended, or ends now.</summary>
    public async Task EndedAsync(int silo, int? exitCode)
    {
        var node = this[silo];
        if (exitCode is { } expected)
        {
            await node.Program.EndAsync(expected);
        }
        else
        {
            await node.Program.EndAsync();
        }

        lock (_members)
        {
            _members[silo] = null;
        }

        await node.DisposeAsync();
    }

    /// <summary>Waits until every silo that runs says that it is ready. On a busy machine one may be voted out that only was late: then another comes, as an orchestrator would start it.</summary>
    public Task ReadyAsync() => Eventually.TrueAsync(
        async () =>
        {
            for (var silo = 0; silo < _members.Length; silo++)
            {
                if (_members[silo] is { Node.Program: { HasExited: true } program } && program.Errors.Contains(ToldDead, StringComparison.Ordinal))
                {
                    Console.WriteLine($"silo {silo} was late and voted out");
                    await EndedAsync(silo, exitCode: null);
                    Start(silo);
                }
            }

            return (await Task.WhenAll(Nodes.Select(node => node.IsReadyAsync()))).All(ready => ready);
        },
        "silos that are ready");

    /// <summary>Waits until the others have voted a silo out.</summary>
    public Task VotedOutAsync(int silo)
    {
        int port;
        lock (_members)
        {
            port = _members[silo]!.Port;
        }

        return Eventually.IsAsync(
            async () =>
            {
                await using var command = _database.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT status FROM orleans_analytics.members WHERE port = {port}"));
                return (int)(await command.ExecuteScalarAsync(Token))!;
            },
            status => status == Dead,
            "a silo to be voted out");
    }

    /// <summary>Everything that the log has, by partition.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<LogEntry>>> LogAsync()
    {
        var log = _logs.Open();
        var texts = new EventTexts(1000);
        var partitions = new List<IReadOnlyList<LogEntry>>();
        for (var partition = 0; partition < log.PartitionCount; partition++)
        {
            var (entries, after, end) = (new List<LogEntry>(), 0L, await log.EndAsync(partition, Token));
            while (after < end)
            {
                foreach (var batch in await log.ReadAsync(partition, after, 1 << 20, Token))
                {
                    EventBatchReader.Read(batch, after, texts, entries);
                    after = batch.LastPosition;
                }
            }

            partitions.Add(entries);
        }

        return partitions;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Network.DisposeAsync();
        await _database.DisposeAsync();
        _logs.Dispose();
        _folder.Dispose();
    }

    private sealed record Member(ServedNode Node, int Port);

    private sealed record AzureOptionsOfTest(string ConnectionString, string ContainerPrefix);
}
