using System.Globalization;
using OrleansAnalytics.Lake.Import;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>How far the import of a file is, on the error output: a bar on a terminal, else a line for each phase.</summary>
/// <param name="file">The file.</param>
/// <param name="task">The bar; null if there is none.</param>
internal sealed class ImportLines(string file, ProgressTask? task) : IProgress<ImportProgress>
{
    private readonly Lock _lock = new();
    private readonly string _file = Printer.Plain(Path.GetFileName(file));
    private ImportPhase? _phase;

    public void Report(ImportProgress value)
    {
        lock (_lock)
        {
            if (task is null)
            {
                if (_phase != value.Phase)
                    Console.Error.WriteLine($"{_file}: {Words(value)}");
                _phase = value.Phase;
                return;
            }
            task.IsIndeterminate = value.Total == 0;
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = Markup.Escape($"{_file}: {Words(value)}");
        }
    }

    private static string Words(ImportProgress value) => value.Phase switch
    {
        ImportPhase.Checking => string.Create(CultureInfo.InvariantCulture, $"checking {value.Total / 1e6:N0} MB"),
        ImportPhase.Reading => string.Create(CultureInfo.InvariantCulture, $"reading {value.Total / 1e6:N0} MB"),
        ImportPhase.Writing => string.Create(CultureInfo.InvariantCulture, $"writing {value.Total:N0} rows"),
        _ => "committing",
    };
}
