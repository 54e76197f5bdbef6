using Orleans.Storage;

namespace OrleansAnalytics.Partitions;

/// <summary>Is told how a write ended: once, on any thread, perhaps before the call that began it returns.</summary>
public interface IWriteObserver
{
    /// <summary>The write has ended.</summary>
    /// <param name="failure">Why it failed; null if it is durable.</param>
    void OnWritten(Exception? failure);

    /// <summary>Lets the processor fetch what the answer needs: see <see cref="Ahead"/>. Changes nothing; by then it may have been told, and may be about something else.</summary>
    /// <param name="step">0 for what the observer refers to, 1 for what that refers to.</param>
    void Fetch(int step)
    {
    }
}

/// <summary>A storage that tells an observer when a write has ended, which saves the promise for each: there are as many writes as there are entities at a checkpoint.</summary>
public interface IObservedStorage
{
    /// <summary>Does what <c>IGrainStorage.WriteStateAsync</c> does, and takes the bytes within the call like it.</summary>
    /// <exception cref="Exception">Nothing was begun, and the observer is not told.</exception>
    void Write<T>(string stateName, GrainId grainId, IGrainState<T> grainState, IWriteObserver observer);
}

/// <summary>Observed writes to any storage.</summary>
internal static class ObservedWrites
{
    /// <summary>Begins a write; the observer is told in any case.</summary>
    public static void Write<T>(this IGrainStorage storage, string stateName, GrainId grainId, IGrainState<T> grainState, IWriteObserver observer)
    {
        if (storage is not IObservedStorage observed)
        {
            _ = ObserveAsync(storage, stateName, grainId, grainState, observer);
            return;
        }

        try
        {
            observed.Write(stateName, grainId, grainState, observer);
        }
        catch (Exception exception)
        {
            observer.OnWritten(exception);
        }
    }

    private static async Task ObserveAsync<T>(IGrainStorage storage, string stateName, GrainId grainId, IGrainState<T> grainState, IWriteObserver observer)
    {
        Exception? failure = null;
        try
        {
            await storage.WriteStateAsync(stateName, grainId, grainState).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        observer.OnWritten(failure);
    }
}
