using System.Text;

namespace OrleansAnalytics.Cli;

/// <summary>The files to which a load is told besides the terminal. They are opened before it: one that cannot be written is told then, and not after an hour.</summary>
internal sealed class LoadFiles : IAsyncDisposable
{
    private FileStream? _json;
    private FileStream? _html;

    private LoadFiles()
    {
    }

    /// <summary>Opens them.</summary>
    /// <param name="json">For programs; null for none.</param>
    /// <param name="html">A page for people; null for none.</param>
    /// <exception cref="IOException">One cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be written.</exception>
    public static async Task<LoadFiles> OpenAsync(string? json, string? html)
    {
        var files = new LoadFiles();
        try
        {
            files._json = json is null ? null : File.Create(json);
            files._html = html is null ? null : File.Create(html);
            return files;
        }
        catch
        {
            await files.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes what was measured.</summary>
    public async Task WriteAsync(LoadReport report, DateTimeOffset at)
    {
        if (_json is not null)
            await _json.WriteAsync(report.ToJson(), CancellationToken.None);
        if (_html is not null)
            await _html.WriteAsync(Encoding.UTF8.GetBytes(report.ToPage(at)), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_json is not null)
            await _json.DisposeAsync();
        if (_html is not null)
            await _html.DisposeAsync();
    }
}
