using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>Snapshots of closed periods of a node that has lake and snapshots in blobs, asked by HTTP.</summary>
public sealed class SnapshotsOnAzureTests(SharedAzurite azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Closed_periods_of_a_lake_in_blobs_are_written_there_and_answered_from_there()
    {
        await using var shop = new ShopOnAzure(await azurite.GetAsync());
        await shop.InitializeAsync();
        Assert.IsType<BlobSnapshotStore>(shop.Services.GetRequiredService<ISnapshotStore>());
        const string Events = """
            event_time,event_type,product_id,user_id,user_session,price
            2019-10-01T10:00:00Z,view,p1,u1,s,9.99
            2019-10-02T01:00:00Z,view,p1,u2,s,9.99
            2019-10-02T12:00:00Z,view,p1,u2,s,9.99

            """;
        Assert.Equal(HttpStatusCode.OK, (await shop.PostAsync(Events, "text/csv")).Status);
        await shop.QuietAsync();
        Assert.Equal(HttpStatusCode.OK, (await shop.SendAsync(HttpMethod.Post, "/v1/lake/write")).Status);
        var written = await shop.SendAsync(HttpMethod.Post, "/v1/snapshots/write?kind=day");
        Assert.True(written.Status == HttpStatusCode.OK, written.Text);
        Assert.Equal("day 2019-10-01", Assert.Single(written.Json.GetProperty("written").EnumerateArray()).GetString());

        // Without its copy of the lake it has nothing of them but what is in the account.
        await shop.RestartAsync(data =>
        {
            Assert.False(Directory.Exists(Path.Combine(data, DirectorySnapshotStore.Name)));
            Directory.Delete(Path.Combine(data, "lake-cache"), recursive: true);
        });
        Assert.Equal("2019-10-01", Assert.Single((await shop.GetAsync("/v1/snapshots?kind=day")).Json.EnumerateArray()).GetProperty("period").GetString());
        var manifest = (await shop.GetAsync("/v1/snapshots/day/2019-10-01")).Json;
        Assert.Equal(1, manifest.GetProperty("events").GetInt32());
        Assert.NotEmpty(manifest.GetProperty("files").EnumerateObject());
        foreach (var file in manifest.GetProperty("files").EnumerateObject())
        {
            var bytes = await shop.Http.GetByteArrayAsync(new Uri(shop.Address, $"/v1/snapshots/day/2019-10-01/{file.Name}"), Token);
            Assert.Equal(file.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        (await shop.GetAsync("/v1/snapshots/day/2019-10-02")).AssertProblem(HttpStatusCode.NotFound);
    }
}
