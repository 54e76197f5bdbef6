using System.IO.Compression;
using System.Text;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class ImportFailureTests : IDisposable
{
    private static readonly string Good = SharedData.Path("cosmetics-2022-10-01.csv");

    private readonly ImportedLake _lake = new();

    public void Dispose() => _lake.Dispose();

    [Fact]
    public void Cut_gzip_is_refused_and_leaves_nothing()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(File.ReadAllBytes(Good));
        }

        Refused<InvalidDataException>(packed.ToArray()[..^100], "the gzip is cut or damaged");
    }

    [Theory]
    [InlineData("", "there is nothing in it")]
    [InlineData("\n \n", "there is nothing in it")]
    [InlineData("a,b\n1,2\n", "columns are missing: event_time, event_type, product_id, price, user_id; found: a, b")]
    [InlineData("event_time,event_type,product_id,price,user_id,price\n", "column price is there 2 times")]
    [InlineData("\"event_time\n", "the header has a quote that is not closed")]
    [InlineData("PAR1 and so on", "the Parquet cannot be read")]
    public void File_that_is_no_source_is_refused_and_leaves_nothing(string content, string problem) =>
        Refused<InvalidDataException>(Encoding.UTF8.GetBytes(content), problem);

    [Fact]
    public void Parquet_with_other_columns_is_refused_and_leaves_nothing()
    {
        var parquet = _lake.File("");
        ImportedLake.Ask($"COPY (SELECT 1 AS a) TO '{parquet}' (FORMAT parquet)");
        Refused<InvalidDataException>(File.ReadAllBytes(parquet), "columns are missing");
    }

    [Fact]
    public void Damaged_parquet_is_refused_and_leaves_nothing()
    {
        var parquet = _lake.File("");
        ImportedLake.Ask($"COPY (SELECT * FROM read_csv('{Good}', all_varchar = true)) TO '{parquet}' (FORMAT parquet)");
        var bytes = File.ReadAllBytes(parquet);
        bytes.AsSpan(100, bytes.Length / 2).Fill(0xff);
        Refused<InvalidDataException>(bytes, "the Parquet cannot be read");
    }

    [Fact]
    public void Stopped_import_leaves_nothing_and_can_be_repeated()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => _lake.Import(Good, stop.Token));
        Assert.Empty(_lake.Entries());
        Assert.Equal(924, _lake.Import(Good).Accepted);
    }

    [Fact]
    public void Import_that_was_killed_before_its_manifest_starts_again()
    {
        var whole = _lake.Import(Good);
        var entries = _lake.Entries();
        File.Delete(Path.Combine(_lake.Lake.Manifests, whole.Manifest.Source + ".json"));
        File.WriteAllText(Path.Combine(_lake.Lake.Manifests, DurableFile.HiddenName(whole.Manifest.Source + ".json.tmp")), "{");
        var half = Path.Combine(_lake.Lake.Events, "date=2030-01-01", "hour=00", whole.Manifest.Source + "-2030010100.parquet");
        Directory.CreateDirectory(Path.GetDirectoryName(half)!);
        File.WriteAllText(half, "PAR1");
        var others = Path.Combine(_lake.Lake.Events, "date=2022-10-01", "hour=00", "p00003-00000000000000000001.parquet");
        File.WriteAllText(others, "of another writer");
        Directory.CreateDirectory(Path.Combine(_lake.Lake.Root, ".import", "hours"));
        File.WriteAllText(Path.Combine(_lake.Lake.Root, ".import", "hours", "2022100100.csv"), "left over");

        var again = _lake.Import(Good);

        Assert.False(again.WasThere);
        Assert.Equal(whole.Manifest.ToUtf8(), again.Manifest.ToUtf8());
        File.Delete(others);
        Assert.Equal(entries, _lake.Entries());
    }

    [Fact]
    public void Two_imports_at_a_time_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(_lake.Lake.Root, ".import"));
        using var held = new FileStream(Path.Combine(_lake.Lake.Root, ".import", "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("is running", Assert.Throws<IOException>(() => _lake.Import(Good)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    public void Full_disk_is_said_and_leaves_nothing(int megabytes, bool isInOrder)
    {
        using var disk = new SmallDisk(megabytes);
        if (!disk.IsReal)
        {
            return;
        }

        // In order, the files of the lake fill it; else the rows that wait for their hour do.
        var lines = new GeneratedFile(200_000, seed: 1, days: 1).Lines.ToArray();
        if (!isInOrder)
        {
            new Random(1).Shuffle(lines.AsSpan(1));
        }

        using var lake = new ImportedLake(Path.Combine(disk.Path, "lake"));
        var exception = Assert.ThrowsAny<IOException>(() => lake.Import(_lake.File(string.Join('\n', lines))));
        Assert.Contains("No space left", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(lake.Entries());
    }

    [Fact]
    public async Task Command_ends_with_one_and_keeps_the_files_before_the_bad_one()
    {
        var lake = _lake.Lake.Root;
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["import", Good, "/no/such/file.csv", "--lake", lake]));
        Assert.Single(_lake.Lake.Read());
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["import", Path.Combine(Path.GetDirectoryName(Good)!, "cosmetics-*.csv"), "--lake", lake, "--threads", "1"]));
        Assert.Equal(2, _lake.Lake.Read().Count);
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["import", "/no/such/*.csv", "--lake", lake]));
        Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["import", Good, "--lake", lake, "--memory", "0"]));
    }

    private void Refused<T>(byte[] content, string problem)
        where T : Exception
    {
        var file = _lake.File(content);
        var exception = Assert.Throws<T>(() => _lake.Import(file));
        Assert.StartsWith(file, exception.Message, StringComparison.Ordinal);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(_lake.Entries());
    }
}
