using System.CommandLine;
using System.Globalization;
using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Cli;

/// <summary><c>generate --events N …</c></summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var events = new Option<long>("--events", "-n") { Description = "Rows.", HelpName = "N", DefaultValueFactory = _ => 1_000_000 };
        var users = new Option<long?>("--users", "-u") { Description = "Shoppers (default: a fourteenth of the events).", HelpName = "N" };
        var days = new Option<double?>("--days") { Description = "Days to spread them over (default: 1.4 million events a day).", HelpName = "N" };
        var seed = new Option<ulong>("--seed", "-s") { Description = "Decides everything that is chance.", DefaultValueFactory = _ => 1 };
        var removals = new Option<bool>("--removals") { Description = "A cosmetics shop with remove_from_cart rows." };
        var clean = new Option<bool>("--clean") { Description = "Without exact duplicates and prices of 0." };
        var output = new Option<string>("--output", "-o") { Description = "The file; - is the standard output.", HelpName = "FILE|-", DefaultValueFactory = _ => "-" };
        var command = new Command(
            "generate",
            """
            Write a synthetic clickstream in REES46 format with the distributions of a real shop. The same options give the same bytes.

            Examples:
              orleans-analytics generate --events 1000000 --seed 7 -o shop.csv
              orleans-analytics generate --events 50000 --removals | orleans-analytics ingest -
            """)
        {
            events, users, days, seed, removals, clean, output,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            new GeneratorOptions
            {
                Events = parsed.GetValue(events),
                Users = parsed.GetValue(users),
                Days = parsed.GetValue(days),
                Seed = parsed.GetValue(seed),
                Removals = parsed.GetValue(removals),
                Dirt = !parsed.GetValue(clean),
            },
            parsed.GetRequiredValue(output),
            stop)));
        return command;
    }

    private static int Run(GeneratorOptions options, string output, CancellationToken stop)
    {
        var generator = new ShopGenerator(options);
        using var target = output == "-" ? Console.OpenStandardOutput() : File.Create(output);
        generator.WriteCsv(target, Console.IsErrorRedirected ? null : new Line(options.Events), stop);
        return CommandLine.Success;
    }

    private sealed class Line(long total) : IProgress<long>
    {
        private long _percent = -1;

        public void Report(long value)
        {
            var percent = value * 100 / total;
            if (percent == _percent)
                return;
            _percent = percent;
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{value:N0} rows, {percent} %{(value == total ? "\n" : "")}"));
        }
    }
}
