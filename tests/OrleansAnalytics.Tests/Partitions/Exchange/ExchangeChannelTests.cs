using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Exchange;

public sealed class ExchangeChannelTests
{
    private const int Products = 300;

    private readonly OtherSilos _silos = new(count: 3);
    private readonly ScriptedEntities _near = new();
    private readonly PartitionOptions _options = new();

    [Fact]
    public async Task Chunk_IsOneMessageForEachOtherSilo_AndNearForTheOwn()
    {
        var deliveries = Deliveries();
        await DeliverAsync(deliveries);
        Assert.Equal(_silos.Members[1..].Order(), _silos.Messages.Select(message => message.Silo).Order());
        Assert.All(deliveries, delivery => Assert.Contains(delivery.Lane.Key, SentTo(HomeOf(delivery.Lane.Key))));
        Assert.Equal(Products, _near.Slices.Count + _silos.Messages.Sum(message => message.Entities.Count));
        Assert.NotEmpty(_near.Slices);
    }

    [Fact]
    public async Task AnswersOfEveryEntity_ComeThrough()
    {
        _near.Answer = _silos.Answer = Said;
        var deliveries = Deliveries();
        await DeliverAsync(deliveries);
        Assert.All(deliveries, delivery => Assert.Equal(Said(delivery.Lane.Key), delivery.Answer));

        static SliceAnswer Said(EntityKey entity) => (int.Parse(entity.Key, null) % 4) switch
        {
            0 => SliceAnswer.Applied,
            1 => SliceAnswer.Gap,
            2 => new SliceAnswer(SliceOutcome.Poison, int.Parse(entity.Key, null), $"poison of {entity.Key}"),
            _ => new SliceAnswer(SliceOutcome.Damaged, Detail: $"damage of {entity.Key}"),
        };
    }

    [Fact]
    public async Task Message_IsSentWhenItIsLargeEnough()
    {
        _options.ExchangeBytes = 1024;
        await DeliverAsync(Deliveries());
        Assert.True(_silos.Messages.Count > 4, $"{_silos.Messages.Count} messages");
        Assert.All(_silos.Messages, message => Assert.InRange(message.Bytes, 1, 1024 + 200));
        Assert.Equal(Products, _near.Slices.Count + _silos.Messages.Sum(message => message.Entities.Count));
    }

    [Fact]
    public async Task SliceThatIsLargerThanAMessage_GoesAlone()
    {
        _options.ExchangeBytes = 1024;
        var away = Deliveries(events: 500).First(delivery => !HomeOf(delivery.Lane.Key).Equals(_silos.Members[0]));
        await DeliverAsync([away]);
        Assert.True(Assert.Single(_silos.Messages).Bytes > 10 * 1024);
    }

    [Fact]
    public async Task DeadSilo_FailsTheChunk_AfterAllOthersAnswered()
    {
        var answering = new TaskCompletionSource();
        _silos.Answering = answering.Task;
        _silos.Dead.Add(_silos.Members[1]);
        var delivering = DeliverAsync(Deliveries());
        Assert.NotEmpty(_near.Slices);
        Assert.False(delivering.IsCompleted);
        answering.SetResult();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => delivering);
    }

    [Fact]
    public async Task OwnEntityThatFails_FailsTheChunk_AfterAllOthersAnswered()
    {
        var answering = new TaskCompletionSource();
        _silos.Answering = answering.Task;
        _near.Answer = _ => throw new TimeoutException("lost");
        var delivering = DeliverAsync(Deliveries());
        Assert.False(delivering.IsCompleted);
        answering.SetResult();
        await Assert.ThrowsAsync<TimeoutException>(() => delivering);
    }

    [Fact]
    public async Task ReplyThatLacksAnswers_FailsTheChunk_InsteadOfPassingForApplied()
    {
        _silos.Forgotten = 1;
        await Assert.ThrowsAsync<InvalidOperationException>(() => DeliverAsync(Deliveries()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => FlushAsync(Flushes()));
    }

    [Fact]
    public async Task OnlySilo_SendsNoMessages()
    {
        var statuses = _silos.Members.ToDictionary(silo => silo, _ => SiloStatus.Dead);
        statuses[_silos.Members[0]] = SiloStatus.Active;
        _silos.Become(statuses);
        await DeliverAsync(Deliveries());
        await FlushAsync(Flushes());
        Assert.Empty(_silos.Messages);
        Assert.Empty(_silos.FlushMessages);
        Assert.Equal(Products, _near.Slices.Count);
    }

    [Fact]
    public async Task SiloThatIsStopping_GetsNoMessages()
    {
        var statuses = _silos.Members.ToDictionary(silo => silo, _ => SiloStatus.Active);
        statuses[_silos.Members[2]] = SiloStatus.ShuttingDown;
        _silos.Become(statuses);
        await DeliverAsync(Deliveries());
        Assert.Equal(_silos.Members[1], Assert.Single(_silos.Messages).Silo);
    }

    [Fact]
    public async Task Flushes_AreOneMessageForEachOtherSilo_AndTheirAnswersComeThrough()
    {
        _silos.Saved = (entity, expected) => int.Parse(entity.Key, null) % 2 == 0 ? FlushAnswer.Gap : new FlushAnswer(IsGap: false, expected + 1);
        var flushes = Flushes();
        await FlushAsync(flushes);
        Assert.Equal(_silos.Members[1..].Order(), _silos.FlushMessages.Select(message => message.Silo).Order());
        Assert.All(_silos.FlushMessages, message => Assert.All(message.Entities, entity => Assert.Equal(message.Silo, HomeOf(entity))));
        Assert.All(flushes.Where(flush => !HomeOf(flush.Key).Equals(_silos.Members[0])), flush => Assert.Equal(_silos.Saved(flush.Key, flush.Expected), flush.Answer));
        Assert.Equal(Products, _near.Flushes.Count + _silos.FlushMessages.Sum(message => message.Entities.Count));
    }

    [Fact]
    public async Task DeadSilo_FailsTheFlushes()
    {
        _silos.Dead.Add(_silos.Members[2]);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => FlushAsync(Flushes()));
    }

    private SiloAddress HomeOf(EntityKey entity) => _silos.Homes.Get() is var homes ? homes.Silos[homes.Of(entity)] : throw new InvalidOperationException();

    private IEnumerable<EntityKey> SentTo(SiloAddress silo) => silo.Equals(_silos.Members[0])
        ? _near.Slices.Select(slice => slice.Entity)
        : _silos.Messages.Where(message => message.Silo.Equals(silo)).SelectMany(message => message.Entities);

    private ExchangeChannel Channel() => new(_silos.Homes, _near, _silos, _options);

    private Task DeliverAsync(EntityDelivery[] deliveries) => Channel().DeliverAsync(deliveries, 4).AsTask();

    private async Task FlushAsync(EntityLane[] flushes)
    {
        var flushing = Channel().FlushAsync(partition: 0, flushes, flushes.Length + 1).AsTask();
        _near.Flushes.ForEach(flush => flush.Answer.SetResult(new FlushAnswer(IsGap: false, flush.Expected)));
        await flushing;
    }

    private static EntityLane[] Flushes() => [.. Enumerable.Range(0, Products).Select(number => AskingLane.Of(new EntityKey(EntityKind.Product, $"{number}"), 0, number))];

    private static EntityDelivery[] Deliveries(int events = 1) => [.. Enumerable.Range(0, Products).Select(number =>
    {
        var lane = new EntityLane(new EntityKey(EntityKind.Product, $"{number}"));
        var slice = Enumerable.Range((number * events) + 1, events).Select(position => new PositionedEvent(
            position, new ShopEvent { Id = new EventId(1, (ulong)position), TimeMs = position, Kind = EventKind.View, UserId = "u", ProductId = $"{number}" }));
        return new EntityDelivery(lane, lane.Send(0, [.. slice]));
    })];
}
