using System.Collections.Immutable;
using System.Net;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Tests.Partitions.Exchange;

/// <summary>A cluster as one of its silos sees it: who is a member, and exchanges whose entities give the answers of the test.</summary>
internal sealed class OtherSilos : IExchanges, IClusterMembershipService, ILocalSiloDetails
{
    public const int Partitions = 8;

    private readonly Dictionary<SiloAddress, Exchange> _exchanges = [];

    /// <summary>Members by number; 1 is this silo.</summary>
    public OtherSilos(int count)
    {
        Members = [.. Enumerable.Range(1, count).Select(Silo)];
        Become(Members.ToDictionary(silo => silo, _ => SiloStatus.Active));
        Homes = new CurrentHomes(this, this, new InMemoryEventLog(new EventLogOptions { Partitions = Partitions }, TimeProvider.System));
    }

    public SiloAddress[] Members { get; }

    public CurrentHomes Homes { get; }

    /// <summary>What an entity says to a slice.</summary>
    public Func<EntityKey, SliceAnswer> Answer { get; set; } = _ => SliceAnswer.Applied;

    /// <summary>What an entity says to a flush.</summary>
    public Func<EntityKey, long, FlushAnswer> Saved { get; set; } = (_, expected) => new FlushAnswer(IsGap: false, expected);

    /// <summary>Silos that do not answer.</summary>
    public HashSet<SiloAddress> Dead { get; } = [];

    /// <summary>Answers wait for it.</summary>
    public Task Answering { get; set; } = Task.CompletedTask;

    /// <summary>Slices that came to a silo, message by message.</summary>
    public List<(SiloAddress Silo, IReadOnlyList<EntityKey> Entities, int Bytes)> Messages { get; } = [];

    /// <summary>Flushes that came to a silo, message by message.</summary>
    public List<(SiloAddress Silo, IReadOnlyList<EntityKey> Entities)> FlushMessages { get; } = [];

    /// <summary>Answers that a silo leaves out.</summary>
    public int Forgotten { get; set; }

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = null!;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public string Name => "here";

    public string ClusterId => "test";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress => Members[0];

    public SiloAddress GatewayAddress => Members[0];

    /// <summary>The membership from now on.</summary>
    public void Become(Dictionary<SiloAddress, SiloStatus> statuses) => CurrentSnapshot = new ClusterMembershipSnapshot(
        statuses.ToImmutableDictionary(one => one.Key, one => new ClusterMember(one.Key, one.Value, $"{one.Key}")), new MembershipVersion(statuses.Count));

    public IEntityExchange On(SiloAddress silo) => _exchanges.TryGetValue(silo, out var exchange) ? exchange : _exchanges[silo] = new Exchange(this, silo);

    public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion) => throw new NotSupportedException();

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    private static SiloAddress Silo(int number) => SiloAddress.New(new IPAddress([10, 0, 0, (byte)number]), 11_111, 100 + number);

    private sealed class Exchange(OtherSilos silos, SiloAddress silo) : IEntityExchange
    {
        private readonly EventTexts _texts = new();

        public async ValueTask<SliceAnswer[]> ApplyAsync(SliceMessage message)
        {
            var slices = new SliceUnpacker(_texts).Deliveries(message);
            silos.Messages.Add((silo, [.. slices.Select(slice => slice.Lane.Key)], message.Events.Length + message.Slices.Length));
            await AnswerAsync();
            return [.. slices.Select(slice => silos.Answer(slice.Lane.Key)).SkipLast(silos.Forgotten)];
        }

        public async ValueTask<FlushAnswer[]> FlushAsync(FlushMessage message)
        {
            var flushes = FlushPacker.Read(message, _texts);
            silos.FlushMessages.Add((silo, [.. flushes.Select(flush => flush.Key)]));
            await AnswerAsync();
            return [.. flushes.Select(flush => silos.Saved(flush.Key, flush.Expected)).SkipLast(silos.Forgotten)];
        }

        private async Task AnswerAsync()
        {
            if (silos.Dead.Contains(silo))
            {
                throw new SiloUnavailableException($"{silo} is dead");
            }

            await silos.Answering;
        }
    }
}
