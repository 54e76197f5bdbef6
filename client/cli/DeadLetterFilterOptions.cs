using System.CommandLine;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>The options that say which dead letters are meant.</summary>
internal sealed class DeadLetterFilterOptions
{
    private readonly Option<string?> _reason = new("--reason", "-r") { Description = "Only with this reason, for example bad_time." };
    private readonly Option<string?> _source = new("--source", "-s") { Description = "Only of this file, or this record of a file: orders.csv, orders.csv:17." };
    private readonly Option<int?> _partition = new("--partition") { Description = "Only in this partition.", HelpName = "N" };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_reason);
        verb.Add(_source);
        verb.Add(_partition);
    }

    /// <summary>True if one of them is given.</summary>
    public bool AreGiven(System.CommandLine.Parsing.CommandResult result) =>
        result.GetValue(_reason) is not null || result.GetValue(_source) is not null || result.GetValue(_partition) is not null;

    /// <summary>What the command line says.</summary>
    public DeadLetterFilter Read(ParseResult parsed) => new()
    {
        Reason = parsed.GetValue(_reason),
        Source = parsed.GetValue(_source),
        Partition = parsed.GetValue(_partition),
    };
}
