using Orleans.Runtime.Placement;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Placement;

/// <summary>
/// Places activations at their home among the silos that Orleans offers. It is asked once per activation, so while the silos are the same
/// it allocates nothing, and with one silo it does not even hash.
/// </summary>
/// <param name="log">Has the number of partitions.</param>
public sealed class HomePlacementDirector(IEventLog log) : IPlacementDirector
{
    private volatile Answers? _last;

    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var last = _last;
        if (last is null || !silos.AsSpan().SequenceEqual(last.Offered))
        {
            _last = last = new Answers(silos, new Homes(silos, log.PartitionCount));
        }

        return last.Of(target.GrainIdentity);
    }

    private sealed class Answers(SiloAddress[] offered, Homes homes)
    {
        private readonly Task<SiloAddress>[] _answers = [.. homes.Silos.Select(Task.FromResult)];

        public SiloAddress[] Offered => offered;

        public Task<SiloAddress> Of(GrainId grain) => _answers[_answers.Length == 1 ? 0 : homes.Of(grain)];
    }
}
