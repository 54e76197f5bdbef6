using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Cli;

/// <summary>The options of verbs that ask a lake: which one, and how long it may take.</summary>
internal sealed class LakeSourceOptions
{
    private static readonly TimeSpan LongestInAFolder = TimeSpan.FromHours(1);

    // The server has a limit of its own; this one is for a server that hangs.
    private static readonly TimeSpan LongestOfAServer = TimeSpan.FromMinutes(10);

    private readonly Option<DirectoryInfo?> _lake = new("--lake")
    {
        Description = "A lake's folder to read, instead of asking a server.",
        HelpName = "DIR",
        CustomParser = result =>
        {
            var folder = new DirectoryInfo(result.Tokens[0].Value);
            if (!folder.Exists)
                result.AddError($"there is no folder {folder.FullName}.");
            return folder;
        },
    };

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        Description = "How long the answer may take: 30s, 5m. Default: the server's limit, and an hour for a folder.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var seconds = text[^1] switch { 's' => 1, 'm' => 60, _ => 0 };
            if (seconds > 0 && double.TryParse(text.AsSpan(..^1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * seconds is > 0 and <= 86_400)
                return TimeSpan.FromSeconds(value * seconds);
            result.AddError("--timeout takes 30s or 5m.");
            return null;
        },
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_lake);
        verb.Add(_timeout);
    }

    /// <summary>True if a folder is meant.</summary>
    public bool IsFolder(ParseResult parsed) => parsed.GetValue(_lake) is not null;

    /// <summary>True if a folder is told, whatever it is.</summary>
    public bool IsTold(CommandResult result) => result.GetResult(_lake) is not null;

    /// <summary>The time limit, if one is told.</summary>
    public TimeSpan? Timeout(ParseResult parsed) => parsed.GetValue(_timeout);

    /// <summary>How long to wait for a server.</summary>
    public TimeSpan Patience(ParseResult parsed) => Timeout(parsed) is { } timeout ? timeout + TimeSpan.FromSeconds(10) : LongestOfAServer;

    /// <summary>Opens the folder's lake. Whoever reads a file of his own may have all of it.</summary>
    public LakeDatabase Open(ParseResult parsed, Period? period = null, long? memory = null, string? user = null)
    {
        var query = Query(parsed);
        query.MemoryLimitBytes = memory ?? query.MemoryLimitBytes;
        return LakeDatabase.Open(Folder(parsed), query, period: period, user: user);
    }

    /// <summary>The folder that is meant.</summary>
    public LakeFolder Folder(ParseResult parsed) => new(parsed.GetRequiredValue(_lake)!.FullName);

    /// <summary>What one question to a folder may cost.</summary>
    public LakeQueryOptions Query(ParseResult parsed) => new()
    {
        TimeLimit = Timeout(parsed) ?? LongestInAFolder,
        Threads = Math.Clamp(Environment.ProcessorCount, 1, 256),
        MaxRows = 10_000_000,
        MaxReportRows = 10_000_000,
        MaxResultBytes = 1L << 31,
    };
}
