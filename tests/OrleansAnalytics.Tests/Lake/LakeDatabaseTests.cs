using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class LakeDatabaseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_missing_folder_is_an_empty_lake()
    {
        using var database = LakeDatabase.Open(new LakeFolder(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));
        var runner = new SqlRunner(database);

        Assert.All(LakeDatabase.Tables, table => Assert.Empty(runner.Rows(new SqlQuery($"SELECT * FROM {table}"), Token).Rows));
        Assert.Empty(database.AsOf);
        Assert.All(LakeReports.All, report => LakeReports.Run(database, report.Name, Token));
        Assert.Equal("""{"received":0,"accepted":0,"duplicates":0,"rejected":{}}""", LakeReports.Run(database, ReportNames.Ingest, Token).Json);
    }

    [Fact]
    public void An_empty_lake_has_the_columns_of_a_full_one()
    {
        using var full = SampleLake.Of(new MadeEvent("2019-10-01 02:00:00", EventKind.View, "u"));
        using var empty = new SampleLake();

        Assert.All(LakeDatabase.Tables, table => Assert.Equal(full.Rows($"DESCRIBE {table}"), empty.Rows($"DESCRIBE {table}")));
    }

    [Fact]
    public void A_file_that_no_manifest_names_is_not_read()
    {
        using var lake = SampleLake.Of(new MadeEvent("2019-10-01 02:00:00", EventKind.View, "u"));
        lake.Add(new LakeManifest { Source = "import-orphan" }, [new MadeEvent("2019-10-01 02:00:00", EventKind.View, "orphan").ToRow()], named: false);

        Assert.Equal(2, Directory.GetFiles(lake.Folder.Events, "*.parquet", SearchOption.AllDirectories).Length);
        Assert.Equal("u", Assert.Single(lake.Rows("SELECT user_id FROM events"))[0]);
    }

    [Fact]
    public void A_file_that_is_missing_is_said_without_its_path()
    {
        using var lake = SampleLake.Of(new MadeEvent("2019-10-01 02:00:00", EventKind.View, "u"));
        Directory.Delete(lake.Folder.Events, recursive: true);

        var failure = Assert.Throws<SqlException>(() => lake.Rows("SELECT * FROM events"));

        Assert.Equal(SqlError.Unreadable, failure.Error);
        Assert.DoesNotContain(lake.Root, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Times_are_plain_utc_and_date_and_hour_are_those_of_the_event()
    {
        using var lake = SampleLake.Of(new MadeEvent("2019-10-01 23:59:59.999", EventKind.View, "u"), new MadeEvent("2019-10-02 00:00:00", EventKind.View, "u"));

        var rows = lake.Rows("SELECT event_time, date, hour, date = event_time::DATE AND hour = hour(event_time) FROM events ORDER BY event_time");

        Assert.Equal([new DateTime(2019, 10, 1, 23, 59, 59, 999, DateTimeKind.Utc), new DateOnly(2019, 10, 1), 23, true], rows[0]);
        Assert.Equal([new DateTime(2019, 10, 2, 0, 0, 0, DateTimeKind.Utc), new DateOnly(2019, 10, 2), 0, true], rows[1]);
    }

    [Fact]
    public void As_of_are_the_positions_of_the_partitions()
    {
        using var lake = new SampleLake();
        lake.Add(new LakeManifest { Source = LakeManifest.SourceOf(3), Through = 17, Received = 1 }, [new MadeEvent("2019-10-01 02:00:00", EventKind.View, "u").ToRow()]);
        lake.Add(new LakeManifest { Source = "import-x", Received = 1 }, [new MadeEvent("2019-10-01 02:00:00", EventKind.View, "v").ToRow()]);
        using var database = lake.Open();

        var report = LakeReports.Run(database, ReportNames.Ingest, Token);

        Assert.Equal(new Dictionary<int, long> { [3] = 17 }, report.AsOf);
        Assert.Equal(["accepted", 2L], report.Table.Rows[1]);
    }

    [Fact]
    public void A_closed_database_leaves_nothing_behind()
    {
        var temp = Directory.CreateTempSubdirectory("lake-temp-");
        using var lake = new SampleLake();
        using (lake.Open(new LakeQueryOptions { TempDirectory = temp.FullName }))
        {
            Assert.Single(temp.GetDirectories());
        }

        Assert.Empty(temp.GetFileSystemInfos());
        temp.Delete();
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_all_at_once()
    {
        var refused = Assert.Throws<ArgumentException>(() => LakeDatabase.Open(new LakeFolder("x"), new LakeQueryOptions { Threads = 0, MaxRows = 0, TempDirectory = "" }));

        Assert.Contains(nameof(LakeQueryOptions.Threads), refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(LakeQueryOptions.MaxRows), refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(LakeQueryOptions.TempDirectory), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_as_parquet_is_read_by_others()
    {
        using var lake = SampleLake.Of(
            new MadeEvent("2019-10-01 02:00:00", EventKind.Purchase, "u") { Price = 12.3456m, Quantity = 2 }, new MadeEvent("2019-10-01 03:00:00", EventKind.View, "v"));
        using var database = lake.Open();

        var file = new SqlRunner(database).Parquet(new SqlQuery("SELECT user_id, price, quantity, event_time FROM events ORDER BY user_id; -- all"), Token);

        using var stream = new MemoryStream(file.Bytes);
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: Token);
        Assert.Equal(["user_id", "price", "quantity", "event_time"], reader.Schema.DataFields.Select(field => field.Name));
        Assert.Equal((2L, false), (file.Rows, file.IsCut));
        Assert.Equal(2, reader.RowGroups.Sum(group => group.RowCount));
    }

    [Fact]
    public async Task A_file_of_another_writer_is_read()
    {
        using var lake = new SampleLake();
        var file = new LakeFile("date=2019-10-01/hour=02/p00003-00000000000000000001.parquet", 1, 0, 1, 1);
        Directory.CreateDirectory(Path.GetDirectoryName(lake.Folder.PathOf(file))!);
        Directory.CreateDirectory(lake.Folder.Manifests);
        await WriteAsync(lake.Folder.PathOf(file));
        await File.WriteAllBytesAsync(
            Path.Combine(lake.Folder.Manifests, "partition-00003.json"), new LakeManifest { Source = LakeManifest.SourceOf(3), Through = 1, Received = 1, Files = [file] }.ToUtf8(), Token);

        var row = Assert.Single(lake.Rows("SELECT event_time, event_type, user_id, user_session, price, quantity, duration_ms, log_partition, log_position, date, hour FROM events"));

        Assert.Equal([new DateTime(2019, 10, 1, 2, 3, 4, 5, DateTimeKind.Utc), "purchase", "u", null, 12.3456m, 2, 0L, 3, 1L, new DateOnly(2019, 10, 1), 2], row);
    }

    private static async Task WriteAsync(string path)
    {
        DataField[] fields =
        [
            new DateTimeDataField("event_time", DateTimeFormat.Timestamp, true, DateTimeTimeUnit.Millis), new DataField<string>("event_type"), new DataField<string>("user_id"),
            new DataField<string>("user_session"), new DataField<string>("product_id"), new DataField<string>("category_id"), new DataField<string>("category_code"),
            new DataField<string>("brand"), new DecimalDataField("price", 18, 4), new DataField<int>("quantity"), new DataField<string>("url"), new DataField<long>("duration_ms"),
            new DataField<string>("event_id"), new DataField<int?>("log_partition"), new DataField<long?>("log_position"),
        ];
        string?[] texts = [null, "purchase", "u", null, "p", null, null, null, null, null, null, null, null];
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, cancellationToken: Token);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync<DateTime>(fields[0], new[] { new DateTime(2019, 10, 1, 2, 3, 4, 5, DateTimeKind.Utc) }, cancellationToken: Token);
        for (var i = 1; i < 8; i++)
        {
            await group.WriteAsync(fields[i], new[] { texts[i]! });
        }

        await group.WriteAsync<decimal>(fields[8], new[] { 12.3456m }, cancellationToken: Token);
        await group.WriteAsync<int>(fields[9], new[] { 2 }, cancellationToken: Token);
        await group.WriteAsync(fields[10], new[] { texts[10]! });
        await group.WriteAsync<long>(fields[11], new[] { 0L }, cancellationToken: Token);
        await group.WriteAsync(fields[12], new[] { texts[12]! });
        await group.WriteAsync<int>(fields[13], new int?[] { 3 }, cancellationToken: Token);
        await group.WriteAsync<long>(fields[14], new long?[] { 1L }, cancellationToken: Token);
        group.CompleteValidate();
    }
}
