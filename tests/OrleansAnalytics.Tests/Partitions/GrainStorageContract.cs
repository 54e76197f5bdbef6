using System.Buffers;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.Formats;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>What every storage of entities must do.</summary>
public abstract class GrainStorageContract
{
    protected static readonly GrainId User = GrainId.Create("user", "17");

    protected abstract IGrainStorage Storage { get; }

    [Fact]
    public async Task What_was_never_written_leaves_the_state_as_it_is()
    {
        var state = Holding("before");
        state.ETag = "5";
        state.RecordExists = true;
        await Storage.ReadStateAsync("entity", User, state);
        Assert.Equal(("before", null, false), (state.State!.Text, state.ETag, state.RecordExists));
    }

    [Fact]
    public async Task What_was_written_is_read_back_with_its_etag()
    {
        var written = Holding("hello");
        await Storage.WriteStateAsync("entity", User, written);
        Assert.True(written.RecordExists);
        var read = Holding("");
        await Storage.ReadStateAsync("entity", User, read);
        Assert.Equal(("hello", written.ETag, true), (read.State!.Text, read.ETag, read.RecordExists));
        Assert.NotNull(read.ETag);
    }

    [Fact]
    public async Task Every_write_gives_another_etag_and_the_last_one_goes_on()
    {
        var state = Holding("a");
        var etags = new HashSet<string?>();
        for (var i = 0; i < 10; i++)
        {
            state.State!.Text = $"{i}";
            await Storage.WriteStateAsync("entity", User, state);
            Assert.True(etags.Add(state.ETag));
        }

        Assert.Equal("9", await Stored(User));
    }

    [Fact]
    public async Task Without_an_etag_a_record_that_exists_is_not_overwritten()
    {
        await Storage.WriteStateAsync("entity", User, Holding("first"));
        var late = Holding("late");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", User, late));
        Assert.Null(late.ETag);
        Assert.Equal("first", await Stored(User));
    }

    [Theory]
    [InlineData("123456789")]
    [InlineData("not a number")]
    [InlineData("")]
    public async Task A_wrong_etag_changes_nothing(string wrong)
    {
        var state = Holding("first");
        await Storage.WriteStateAsync("entity", User, state);
        var other = Holding("second");
        other.ETag = wrong;
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", User, other));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("entity", User, other));
        Assert.Equal("first", await Stored(User));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", GrainId.Create("user", "none"), other));
    }

    [Fact]
    public async Task Of_many_writers_with_one_etag_exactly_one_wins()
    {
        var owner = Holding("start");
        await Storage.WriteStateAsync("entity", User, owner);
        var writers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            var mine = Holding($"writer {i}");
            mine.ETag = owner.ETag;
            try
            {
                await Storage.WriteStateAsync("entity", User, mine);
                return mine.State!.Text;
            }
            catch (InconsistentStateException)
            {
                return null;
            }
        })));
        Assert.Equal(Assert.Single(writers, w => w is not null), await Stored(User));
    }

    [Fact]
    public async Task Keys_that_look_alike_are_different_records()
    {
        (GrainId Grain, string State)[] keys =
        [
            (GrainId.Create("user", "1"), "entity"), (GrainId.Create("user", "1"), "other"), (GrainId.Create("user", "11"), "entity"),
            (GrainId.Create("product", "1"), "entity"), (GrainId.Create("user", "1entity"), "x"), (GrainId.Create("user", new string('k', 400)), "entity"),
        ];
        foreach (var (grain, name) in keys)
        {
            await Storage.WriteStateAsync(name, grain, Holding($"{grain} {name}"));
        }

        foreach (var (grain, name) in keys)
        {
            Assert.Equal($"{grain} {name}", await Stored(grain, name));
        }
    }

    [Fact]
    public async Task The_bytes_are_taken_at_the_call()
    {
        var state = Holding("as of the call");
        var writing = Storage.WriteStateAsync("entity", User, state);
        state.State!.Text = "changed since";
        await writing;
        Assert.Equal("as of the call", await Stored(User));
    }

    [Fact]
    public async Task Clearing_removes_the_record_and_its_etag_never_comes_back()
    {
        var old = Holding("old");
        await Storage.WriteStateAsync("entity", User, old);
        var clearing = Holding("");
        await Storage.ReadStateAsync("entity", User, clearing);
        await Storage.ClearStateAsync("entity", User, clearing);
        Assert.Equal((null, false), (clearing.ETag, clearing.RecordExists));
        Assert.Null(await Stored(User));

        await Storage.WriteStateAsync("entity", User, Holding("new"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", User, old));
        Assert.Equal("new", await Stored(User));
    }

    [Fact]
    public async Task A_state_without_a_stored_form_is_refused()
    {
        var state = new GrainState<string>("text");
        await Assert.ThrowsAsync<NotSupportedException>(async () => await Storage.WriteStateAsync("entity", User, state));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await Storage.ReadStateAsync("entity", User, state));
    }

    protected static GrainState<Note> Holding(string text) => new(new Note { Text = text });

    private async Task<string?> Stored(GrainId grain, string name = "entity")
    {
        var read = Holding("");
        await Storage.ReadStateAsync(name, grain, read);
        return read.RecordExists ? read.State!.Text : null;
    }

    protected sealed class Note : IStoredState
    {
        public required string Text { get; set; }

        public void WriteTo(IBufferWriter<byte> output) => new FormatWriter(output).Text(Text);

        public void ReadFrom(ReadOnlySpan<byte> stored) => Text = new FormatReader(stored).RequiredText();
    }
}
