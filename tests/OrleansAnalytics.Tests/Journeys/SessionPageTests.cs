using System.Text;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

/// <summary>The page against a list of lists, by random changes anywhere in it.</summary>
public sealed class SessionPageTests
{
    private static readonly string?[] Keys = [null, "", "k", "schlüssel", new('k', 40)];
    private static readonly string[] Subjects = ["1", "987654321", "p", "https://shop/" + new string('x', 300)];

    private static readonly Gen<Change[]> Changes = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 1_000], Gen.Int[0, 1_000], static (what, which, value) => new Change(what, which, value)).Array[1, 200];

    private enum Kind
    {
        Insert,
        Append,
        DropFirstStep,
        Remove,
    }

    [Fact]
    public void It_holds_what_a_list_of_sessions_would() => Changes.Sample(changes =>
    {
        var page = new SessionPage();
        var model = new List<Modelled>();
        var position = 0L;
        foreach (var change in changes)
        {
            Apply(change, ref page, model, ref position);
            Check(page, model);
        }
    });

    [Fact]
    public void Keys_of_the_same_hash_are_told_apart()
    {
        var page = new SessionPage();
        page.Insert(0, 7, Utf8("one"), SessionHead.Before(0));
        page.Insert(1, 7, Utf8(""), SessionHead.Before(0));
        page.Insert(2, 7, Utf8(null), SessionHead.Before(0));
        foreach (var (index, key) in new[] { "one", "", null }.Index())
        {
            Assert.Equal([index], Enumerable.Range(0, 3).Where(i => page.IsOf(i, 7, Utf8(key))));
            Assert.False(page.IsOf(index, 8, Utf8(key)));
        }
    }

    [Fact]
    public void What_is_dropped_at_the_front_makes_room_behind()
    {
        var page = new SessionPage();
        page.Insert(0, 0, Utf8("k"), SessionHead.Before(0));
        for (var i = 0; i < 10_000; i++)
        {
            page.Append(0, new StepRecord(i, i, EventKind.View, "1", default));
            if (page.Head(0).StepCount > 10)
            {
                page.DropFirstStep(0);
            }
        }

        Assert.True(page.Capacity < 1_000, $"{page.Capacity} bytes for ten steps");
        Assert.Equal(Enumerable.Range(9_990, 10).Select(ms => (long)ms), StepsOf(page, 0).Select(step => step.TimeMs));
    }

    private static void Apply(Change change, ref SessionPage page, List<Modelled> model, ref long position)
    {
        var index = model.Count == 0 ? 0 : change.Which % model.Count;
        switch (model.Count == 0 ? Kind.Insert : change.Kind)
        {
            case Kind.Insert:
                index = change.Which % (model.Count + 1);
                var (key, subject) = (Keys[change.Value % Keys.Length], Subjects[change.Value % Subjects.Length]);
                var first = new StepRecord(change.Value, ++position, EventKind.View, subject, new Money(change.Value));
                page.Insert(index, change.Value % 3, Utf8(key), SessionHead.Before(first.TimeMs));
                page.Append(index, first);
                model.Insert(index, new Modelled(key, change.Value % 3, [first]) { StartMs = first.TimeMs });
                break;
            case Kind.Append:
                var last = model[index].Steps[^1];
                var step = new StepRecord(last.TimeMs + change.Value, ++position, EventKind.Cart, Subjects[change.Value % Subjects.Length], new Money(-change.Value));
                page.Append(index, step);
                model[index].Steps.Add(step);
                break;
            case Kind.DropFirstStep when model[index].Steps.Count > 1:
                page.DropFirstStep(index);
                model[index].DroppedThroughMs = model[index].Steps[0].TimeMs;
                model[index].Dropped++;
                model[index].Steps.RemoveAt(0);
                break;
            case Kind.Remove:
                page.RemoveAt(index);
                model.RemoveAt(index);
                break;
            default:
                break;
        }
    }

    private static void Check(in SessionPage page, List<Modelled> model)
    {
        Assert.Equal(model.Count, page.Count);
        var stepBytes = 0;
        for (var i = 0; i < model.Count; i++)
        {
            var (expected, head) = (model[i], page.Head(i));
            Assert.True(page.IsOf(i, expected.KeyHash, Utf8(expected.Key)));
            Assert.Equal(expected.Steps, StepsOf(page, i));
            Assert.Equal(
                (expected.StartMs, expected.Steps[^1].TimeMs, expected.Steps[^1].Position, expected.Steps.Count + expected.Dropped, expected.Steps.Count, expected.DroppedThroughMs),
                (head.StartMs, head.EndMs, head.LastPosition, head.Events, head.StepCount, head.DroppedThroughMs));
            stepBytes += page.Steps(i).Length;
        }

        Assert.Equal(stepBytes, page.StepBytes);
    }

    private static List<StepRecord> StepsOf(in SessionPage page, int index)
    {
        var head = page.Head(index);
        var steps = new List<StepRecord>();
        for (var reader = new StepCodec.Reader(page.Steps(index), head.BaseMs, head.BasePosition); reader.Remaining > 0;)
        {
            steps.Add(reader.Next());
        }

        return steps;
    }

    private static OptionalUtf8 Utf8(string? key) => new(key is null ? [] : Encoding.UTF8.GetBytes(key), key is not null);

    private sealed record Change(int What, int Which, int Value)
    {
        /// <summary>Mostly appends, as in life.</summary>
        public Kind Kind => What switch
        {
            < 3 => Kind.Insert,
            < 7 => Kind.Append,
            < 9 => Kind.DropFirstStep,
            _ => Kind.Remove,
        };
    }

    private sealed record Modelled(string? Key, int KeyHash, List<StepRecord> Steps)
    {
        public long StartMs { get; init; }

        public long DroppedThroughMs { get; set; } = SessionHead.NothingDropped;

        public long Dropped { get; set; }
    }
}
