namespace OrleansAnalytics.Charts;

/// <summary>A scale from 0 to a round number at or above the largest value, with a few round steps.</summary>
/// <param name="Top">The end of the scale; more than 0.</param>
/// <param name="Step">From one line to the next.</param>
public readonly record struct ChartScale(decimal Top, decimal Step)
{
    private const int Lines = 4;

    /// <summary>The scale for values from 0 to <paramref name="largest"/>.</summary>
    public static ChartScale For(decimal largest)
    {
        if (largest <= 0)
        {
            return new ChartScale(1, 1);
        }

        // In floating point, as a scale need not be exact and the largest values have no room above them in a decimal.
        var raw = (double)largest / Lines;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var factor = (raw / magnitude) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 };
        var step = factor * magnitude;
        var top = Math.Ceiling((double)largest / step) * step;
        return top < (double)decimal.MaxValue ? new ChartScale((decimal)top, (decimal)step) : new ChartScale(decimal.MaxValue, decimal.MaxValue / Lines);
    }

    /// <summary>Where the lines are, from 0 to the top.</summary>
    public IEnumerable<decimal> Marks()
    {
        for (var line = 0; line * Step <= Top; line++)
        {
            yield return line * Step;
            if (Top - (line * Step) < Step)
            {
                yield break;
            }
        }
    }

    /// <summary>The share of the scale that a value takes, 0 to 1.</summary>
    public double Share(decimal value) => Math.Clamp((double)(value / Top), 0, 1);
}
