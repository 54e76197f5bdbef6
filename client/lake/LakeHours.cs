using System.Globalization;

namespace OrleansAnalytics.Lake;

/// <summary>The hour of events that a file of the lake holds, by its place.</summary>
internal static class LakeHours
{
    private const string Folder = "'date='yyyy-MM-dd'/hour='HH";

    /// <summary>The folder of a file: <c>date=2019-10-01/hour=02</c>.</summary>
    public static string FolderOf(LakeFile file) => file.Path[..file.Path.LastIndexOf('/')];

    /// <summary>The begin of the hour, UTC.</summary>
    public static DateTime Of(LakeFile file) => OfFolder(FolderOf(file));

    /// <summary>The begin of the hour of a folder, UTC.</summary>
    public static DateTime OfFolder(string folder) =>
        DateTime.ParseExact(folder, Folder, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
