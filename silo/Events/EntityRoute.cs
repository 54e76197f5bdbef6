namespace OrleansAnalytics.Events;

/// <summary>How the name of one user, product, category, brand or page is taken from a request.</summary>
internal static class EntityRoute
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxIdLength = 256;

    /// <summary>The longest URL of a page, in characters.</summary>
    public const int MaxUrlLength = 2048;

    /// <summary>Takes an id from the path.</summary>
    /// <returns>The problem (400) if it is too long, else null.</returns>
    public static IResult? Problem(ref string id, string what)
    {
        // The server decodes every escape of a path except that of the slash.
        id = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return id.Length <= MaxIdLength ? null : Invalid($"The {what} has {id.Length} characters; at most {MaxIdLength} are possible.");
    }

    /// <summary>400: the request cannot be answered whoever it concerns.</summary>
    public static IResult Invalid(string detail) =>
        Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: "Invalid request", detail: detail);

    /// <summary>404: nothing ever happened to the one that was asked for.</summary>
    public static IResult Unknown(string what, string id) =>
        Results.Problem(statusCode: StatusCodes.Status404NotFound, title: $"Unknown {what}", detail: $"Nothing is known of {what} '{id}'.");
}
