using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Hosting.Profiles;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Hosting;

public sealed class ProfileTests : IDisposable
{
    private const string Secret = "hush-hush";
    private const string Connection = $"Host=127.0.0.1;Port=1;Database=shop;Username=shop;Password={Secret}";
    private static readonly string[] ClusterOnRedis =
    [
        "--Cluster:Kind", "redis", "--Cluster:SharedData", "true", "--PostgreSql:ConnectionString", Connection, "--Log:Kafka:BootstrapServers", "127.0.0.1:1",
        "--Azure:ConnectionString", "UseDevelopmentStorage=true",
    ];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_word_everything_is_in_the_process()
    {
        await using var app = Built(Told());
        Assert.IsType<RocksDbCheckpointStore>(app.Services.GetService(typeof(ICheckpointStore)));
        Assert.IsType<DirectoryLakeSink>(app.Services.GetService(typeof(ILakeSink)));
    }

    [Fact]
    public async Task A_setting_overrides_the_profile()
    {
        await using var app = Built(Told("--Log:Kind", "rocksdb", "--Cluster:Kind", "localhost", "--PostgreSql:ConnectionString", Connection) with { Profile = "Postgres" });
        Assert.IsType<PostgreSqlCheckpointStore>(app.Services.GetService(typeof(ICheckpointStore)));
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var errors = Errors(Told(
            "--Storage:State", "paper", "--Cluster:MissedProbes", "0", "--Ingest:MaxIdLength", "0", "--Partitions:ChunkBytes", "1", "--Lake:MaxWriters", "0") with
        {
            Urls = "nowhere",
            Advertise = "0.0.0.0",
        });
        string[] expected =
        [
            "'nowhere' is not a URL", "--advertise is '0.0.0.0'", "Storage:State is 'paper'; it can be rocksdb, postgres, azure-tables", "Cluster:MissedProbes", "MaxIdLength", "ChunkBytes", "Lake:MaxWriters",
        ];
        Assert.All(expected, part => Assert.Contains(errors, error => error.Contains(part, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData($"Host=db;Password={Secret}", "names no Database")]
    [InlineData($"Database=shop;Password={Secret}", "names no Host")]
    [InlineData($"Host=db;Database=shop;Password=a;{Secret}=b", "cannot be read")]
    [InlineData($"{Secret}", "cannot be read")]
    public void A_connection_string_is_checked_and_never_shown(string? connection, string complaint)
    {
        string[] told = connection is null ? [] : ["--PostgreSql:ConnectionString", connection];
        var errors = Errors(Told(["--Storage:State", "postgres", .. told]));
        Assert.Contains(errors, error => error.StartsWith($"PostgreSql:ConnectionString {complaint}", StringComparison.Ordinal));
        Assert.DoesNotContain(errors, error => error.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData($"password={Secret}", "names no server")]
    [InlineData($"redis:6379,password=a,{Secret}", "has a server after an option, or a comma within one")]
    [InlineData($"redis:6379,{Secret}=b", "cannot be read")]
    [InlineData($"redis://:{Secret}@redis:6379", "cannot be read")]
    public void A_connection_string_of_redis_is_checked_and_never_shown(string? connection, string complaint)
    {
        string[] told = connection is null ? [] : ["--Redis:ConnectionString", connection];
        var errors = Errors(Told([.. ClusterOnRedis, "--Redis:ConnectTimeout", "00:00:00", .. told]) with { Profile = "postgres" });
        Assert.Equal(2, errors.Count);
        Assert.Contains(errors, error => error.StartsWith($"Redis:ConnectionString {complaint}", StringComparison.Ordinal));
        Assert.Contains("Redis:ConnectTimeout must be from 0.1 seconds to a minute", errors);
        Assert.DoesNotContain(errors, error => error.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("azure")]
    public void Membership_may_be_in_redis_whatever_the_state(string profile) =>
        Assert.Empty(Errors(Told([.. ClusterOnRedis, "--Redis:ConnectionString", $"redis1:6379,redis2:6379,ssl=true,password={Secret}"]) with { Profile = profile }));

    [Fact]
    public void Redis_holds_membership_and_no_state() =>
        Assert.Equal(4, Errors(Told("--Cluster:Kind", "redis", "--Redis:ConnectionString", "redis:6379")).Count(error => error.Contains("does not go with Cluster:Kind redis", StringComparison.Ordinal)));

    [Fact]
    public void A_cluster_needs_state_and_log_that_all_its_silos_reach()
    {
        var errors = Errors(Told("--Cluster:Kind", "postgres", "--PostgreSql:ConnectionString", Connection));
        Assert.Equal(["Storage:State rocksdb", "Log:Kind rocksdb", "Reports:Kind directory", "Lake:Kind directory"], errors.Select(error => error[..error.IndexOf(" does not go", StringComparison.Ordinal)]));
        string[] shared = ["--PostgreSql:ConnectionString", Connection, "--Log:Kafka:BootstrapServers", "127.0.0.1:1"];
        Assert.Equal(2, Errors(Told(shared) with { Profile = "postgres" }).Count);
        Assert.Single(Errors(Told([.. shared, "--Lake:Enabled", "false"]) with { Profile = "postgres" }));
        Assert.Empty(Errors(Told([.. shared, "--Cluster:SharedData", "true"]) with { Profile = "postgres" }));
    }

    [Fact]
    public void A_silo_by_itself_has_nobody_to_advertise_to_or_to_listen_for()
    {
        Assert.StartsWith("--advertise", Assert.Single(Errors(Told() with { Advertise = "127.0.0.1" })), StringComparison.Ordinal);
        Assert.StartsWith("--silo-listen-port", Assert.Single(Errors(Told() with { SiloPort = 11_111, SiloListenPort = 11_112 })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres", "Log:Kind=kafka", "Storage:State=postgres", "Lake:Kind=directory", "Reports:Kind=directory", "Cluster:Kind=postgres")]
    [InlineData("azure", "Log:Kind=kafka", "Storage:State=azure-tables", "Lake:Kind=azure-blobs", "Reports:Kind=azure-blobs", "Cluster:Kind=postgres")]
    public async Task A_profile_is_what_it_says(string profile, params string[] parts)
    {
        var told = Told("--PostgreSql:ConnectionString", Connection, "--Log:Kafka:BootstrapServers", "127.0.0.1:1", "--Azure:ConnectionString", "UseDevelopmentStorage=true", "--Cluster:SharedData", "true");
        await using var app = SiloHost.Build(told with { Profile = profile });
        var configuration = app.Services.GetRequiredService<IConfiguration>();
        Assert.All(parts, part => Assert.Equal(part, $"{part[..part.IndexOf('=', StringComparison.Ordinal)]}={configuration[part[..part.IndexOf('=', StringComparison.Ordinal)]]}"));
        Assert.IsType<KafkaEventLog>(app.Services.GetRequiredService<IEventLog>());
        Assert.IsType(profile == "azure" ? typeof(AzureCheckpointStore) : typeof(PostgreSqlCheckpointStore), app.Services.GetRequiredService<ICheckpointStore>());
        Assert.IsType(profile == "azure" ? typeof(BlobLakeSink) : typeof(DirectoryLakeSink), app.Services.GetRequiredService<ILakeSink>());
        Assert.IsType(profile == "azure" ? typeof(BlobReportSink) : typeof(DirectoryReportSink), app.Services.GetRequiredService<IReportSink>());
    }

    [Fact]
    public void What_a_part_needs_is_asked_for_where_it_is_chosen()
    {
        Assert.Empty(Errors(Told("--Azure:MaxRetries", "-1", "--Log:Kafka:Topic", "", "--PostgreSql:MaxConnections", "0")));
        var errors = Errors(Told() with { Profile = "azure" });
        Assert.All(["Azure:ConnectionString", "Log:Kafka:BootstrapServers", "PostgreSql:ConnectionString"], part => Assert.Contains(errors, error => error.Contains(part, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("no such name", false)]
    [InlineData("silo.invalid", false)]
    public void A_silo_advertises_an_address_or_a_name_that_has_one(string told, bool good) =>
        Assert.NotEqual(good, (Told() with { Advertise = told }).Errors().Any(error => error.StartsWith("--advertise", StringComparison.Ordinal)));

    [Fact]
    public void An_unknown_profile_is_refused_with_those_there_are() =>
        Assert.Contains(Errors(Told() with { Profile = "cloud" }), error => error == "there is no profile 'cloud'; there are embedded, postgres, azure");

    [Fact]
    public void Keys_that_no_index_takes_are_refused() =>
        Assert.Contains(
            Errors(Told("--Storage:State", "postgres", "--PostgreSql:ConnectionString", Connection, "--Ingest:MaxUrlLength", "4000")),
            error => error.Contains("at most 2500", StringComparison.Ordinal));

    [Fact]
    public void A_lost_silo_is_out_within_ten_seconds_by_default()
    {
        var options = new ClusteringOptions();
        Assert.InRange(options.ProbeEvery * (options.MissedProbes + 1), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    private SiloSettings Told(params string[] configuration) => new() { DataFolder = _folder.Next(), Urls = "http://127.0.0.1:0", Configuration = configuration };

    /// <summary>A node that has opened its log, which goes on beside the start: its folder can be removed once the node is disposed of.</summary>
    private static WebApplication Built(SiloSettings settings)
    {
        var app = SiloHost.Build(settings);
        Assert.NotNull(app.Services.GetService(typeof(IEventLog)));
        return app;
    }

    private static IReadOnlyList<string> Errors(SiloSettings settings)
    {
        try
        {
            ((IDisposable)Built(settings)).Dispose();
            return [];
        }
        catch (InvalidSettingsException exception)
        {
            return exception.Errors;
        }
    }
}
