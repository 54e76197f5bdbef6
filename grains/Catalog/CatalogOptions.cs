using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Catalog;

/// <summary>How much products, categories and brands keep. Totals are exact whatever the limits.</summary>
public sealed class CatalogOptions
{
    /// <summary>Hours with events kept per product, category and brand; beyond it the oldest are dropped. Default 168; 1 to 8,784 (a year).</summary>
    public int MaxHoursKept { get; set; } = 168;

    /// <summary>
    /// Products ranked per category. When one more comes, the quarter with the fewest events leaves the ranking and its events are counted as
    /// unranked. Default 1000; 20 to 100,000.
    /// </summary>
    public int MaxProductsRanked { get; set; } = 1000;

    /// <summary>Products a category shows of its ranking. Default 20; 1 to 1000.</summary>
    public int TopProductsShown { get; set; } = 20;
}

/// <summary>Checks <see cref="CatalogOptions"/> and reports every error at once.</summary>
public sealed class CatalogOptionsValidator : IValidateOptions<CatalogOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CatalogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        CheckRange(errors, nameof(options.MaxHoursKept), options.MaxHoursKept, 1, 8_784);
        CheckRange(errors, nameof(options.MaxProductsRanked), options.MaxProductsRanked, 20, 100_000);
        CheckRange(errors, nameof(options.TopProductsShown), options.TopProductsShown, 1, 1_000);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckRange(List<string> errors, string option, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add($"Catalog:{option} is {value}; it must be between {least} and {most}.");
        }
    }
}
