using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Hosting.Profiles;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Redis;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;
using Xunit;

namespace OrleansAnalytics.Tests.House;

public sealed class OptionTests
{
    private static readonly Dictionary<string, Type> Sections = SettingTokens.Sections;

    // What the demo and an import are asked to do comes from the command line alone, so they have no section.
    [Fact]
    public void Every_options_class_has_a_section() => Assert.Equal(
        Sections.Values.Select(type => type.Name).Order(),
        new[] { typeof(PartitionOptions).Assembly, typeof(StateStoreOptions).Assembly, typeof(LakeQueryOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsPublic: true, IsClass: true } && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetConstructor([]) is not null)
            .Select(type => type.Name)
            .Except([nameof(Demo.DemoOptions), nameof(OrleansAnalytics.Lake.Import.ImportOptions)])
            .Order());

    [Fact]
    public void Every_options_class_has_a_validator_and_its_defaults_are_valid()
    {
        using var services = new ServiceCollection()
            .AddAnalyticsGrains().AddNodeOptions().AddPostgreSqlState().AddRedis().AddAzureTableState().AddEmbeddedStorage(Path.GetTempPath()).AddKafkaEventLog().AddLakeFolder(Path.GetTempPath())

            // What has no default.
            .Configure<KafkaLogOptions>(kafka => kafka.BootstrapServers = "localhost:9092")
            .Configure<AzureOptions>(azure => azure.ConnectionString = "UseDevelopmentStorage=true")
            .Configure<PostgreSqlOptions>(postgres => postgres.ConnectionString = "Host=db;Database=shop")
            .Configure<RedisOptions>(redis => redis.ConnectionString = "redis:6379")
            .BuildServiceProvider();
        Assert.All(Sections.Values, type =>
        {
            var validators = services.GetServices(typeof(IValidateOptions<>).MakeGenericType(type)).ToList();
            Assert.Contains(validators, validator => validator!.GetType().Name == type.Name + "Validator");
            Assert.NotNull(services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type)));
        });
    }

    [Fact]
    public async Task Every_section_can_be_set_from_the_command_line()
    {
        string[] told =
        [
            "--Log:Partitions", "3", "--State:MaxQueuedWrites", "77", "--Ingest:MaxIdLength", "77", "--Partitions:CheckpointEvery", "00:00:02",
            "--Operators:RateLimit", "77", "--Journeys:MaxCartLines", "77", "--Catalog:MaxHoursKept", "77", "--Reports:RankedInTables", "77",
            "--Lake:MaxEventsHeld", "77",
            "--Lake:Query:MaxRows", "77", "--Lake:Compaction:MaxFiles", "77", "--Snapshots:PeriodsPerTick", "77", "--Azure:MaxQueuedWrites", "777", "--Storage:State", "rocksdb",
            "--Log:Kafka:Topic", "shop", "--Log:Kafka:BootstrapServers", "localhost:9092", "--Log:Kind", "kafka", "--Cluster:MissedProbes", "7", "--PostgreSql:MaxConnections", "77",
            "--Redis:CommandTimeout", "00:00:07",
        ];
        Assert.Empty(SettingTokens.Errors(told));
        Assert.Empty(Sections.Keys.Except(told.Where(token => token.StartsWith("--", StringComparison.Ordinal)).Select(token => token[2..token.LastIndexOf(':')])));
        var folder = Directory.CreateTempSubdirectory("options-");
        await using var app = SiloHost.Build(new SiloSettings { DataFolder = folder.FullName, Urls = "http://127.0.0.1:0", Configuration = told });
        Assert.Equal(3, Get<EventLogOptions>().Partitions);
        Assert.Equal("shop", Get<KafkaLogOptions>().Topic);
        Assert.IsType<KafkaEventLog>(app.Services.GetRequiredService<IEventLog>());
        Assert.Equal(77, Get<StateStoreOptions>().MaxQueuedWrites);
        Assert.Equal(77, Get<IngestOptions>().MaxIdLength);
        Assert.Equal(TimeSpan.FromSeconds(2), Get<PartitionOptions>().CheckpointEvery);
        Assert.Equal(77, Get<OperatorOptions>().RateLimit);
        Assert.Equal(77, Get<JourneyOptions>().MaxCartLines);
        Assert.Equal(77, Get<CatalogOptions>().MaxHoursKept);
        Assert.Equal(77, Get<ReportOptions>().RankedInTables);
        Assert.Equal(77, Get<LakeOptions>().MaxEventsHeld);
        Assert.Equal(77, Get<LakeQueryOptions>().MaxRows);
        Assert.Equal(77, Get<LakeCompactionOptions>().MaxFiles);
        Assert.Equal(77, Get<SnapshotOptions>().PeriodsPerTick);
        Assert.Equal("rocksdb", Get<StorageOptions>().State);
        Assert.Equal(777, Get<AzureOptions>().MaxQueuedWrites);
        Assert.Equal(7, Get<ClusteringOptions>().MissedProbes);
        Assert.Equal(77, Get<PostgreSqlOptions>().MaxConnections);
        Assert.Equal(TimeSpan.FromSeconds(7), Get<RedisOptions>().CommandTimeout);
        folder.Delete(recursive: true);

        T Get<T>()
            where T : class => app.Services.GetRequiredService<IOptions<T>>().Value;
    }

    [Fact]
    public void Every_option_says_its_default_in_its_doc_comment() => Assert.All(Sections.Values, type =>
    {
        var source = Repository.Read(Repository.Files(".cs").Single(file => file.EndsWith($"/{type.Name}.cs", StringComparison.Ordinal)));
        Assert.All(Properties(type), option =>
        {
            var comment = Regex.Match(source, $@"((?:^ *///.*\n)+) *public [\w<>?]+ {option.Name} \{{", RegexOptions.Multiline).Groups[1].Value;
            Assert.Contains("Default", comment, StringComparison.Ordinal);
        });
    });

    [Fact]
    public void The_architecture_lists_every_option_with_its_default()
    {
        var rows = Repository.Read("grains/ARCHITECTURE.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        var expected = Sections.SelectMany(section => Properties(section.Value)
            .Select(option => $"| `{section.Key}:{option.Name}` | {Shown(option.GetValue(Activator.CreateInstance(section.Value)))} |"));
        Assert.All(expected, start => Assert.Contains(rows, row => row.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_settings_file_lists_every_option_with_its_default_and_sets_none()
    {
        const string File = "silo/appsettings.json";
        var text = Repository.Read(File);
        var skipped = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        Assert.All(Leaves(JsonDocument.Parse(text, skipped).RootElement, ""), leaf => Assert.Fail($"{File} sets {leaf.Path}; it only shows what can be set"));

        // What is a comment there becomes a setting when its slashes are taken away.
        var shown = Regex.Replace(text, @"^( *)// ("".*)$", "$1$2", RegexOptions.Multiline);
        var listed = Leaves(JsonDocument.Parse(shown, skipped).RootElement, "").Select(leaf => $"{leaf.Path} = {leaf.Value}");
        Assert.Equal(
            Sections.SelectMany(section => Properties(section.Value).Select(option => $"{section.Key}:{option.Name} = {Plain(option.GetValue(Activator.CreateInstance(section.Value)))}")).Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<(string Path, string Value)> Leaves(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject().SelectMany(property => Leaves(property.Value, path.Length == 0 ? property.Name : $"{path}:{property.Name}"))
        : [(path, element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText())];

    private static string Plain(object? value) => value switch
    {
        null => "null",
        bool yes => yes ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static PropertyInfo[] Properties(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly);

    private static string Shown(object? value) => value switch
    {
        null => "none",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
