using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class LakeFolderTests : IDisposable
{
    private readonly StorageFolder _storage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task Manifests_that_change_together_are_never_read_some_of_before_and_some_of_after()
    {
        var folder = new LakeFolder(_storage.Next());
        Directory.CreateDirectory(folder.Manifests);
        string[] sources = [LakeManifest.CompactedSource, LakeManifest.SourceOf(0), LakeManifest.SourceOf(1)];
        Write(0);
        var changing = Task.Run(
            () =>
            {
                for (var change = 1; change <= 500; change++)
                {
                    folder.ChangeTogether(() => Write(change));
                }
            },
            Token);
        do
        {
            Assert.Single(folder.Read().Select(manifest => manifest.Through).Distinct());
        }
        while (!changing.IsCompleted);
        await changing;

        void Write(int change)
        {
            foreach (var source in sources)
            {
                File.WriteAllBytes(folder.PathOfManifest(source), new LakeManifest { Source = source, Through = change }.ToUtf8());
            }
        }
    }
}
