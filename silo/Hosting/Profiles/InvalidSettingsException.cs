namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>Settings that cannot be used; the message has a line for every reason.</summary>
/// <param name="errors">The reasons.</param>
public sealed class InvalidSettingsException(IReadOnlyList<string> errors) : ArgumentException(string.Join(Environment.NewLine, errors))
{
    /// <summary>The reasons.</summary>
    public IReadOnlyList<string> Errors => errors;
}
