using System.CommandLine;
using System.Text.Json;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary><c>product ID</c>, <c>category ID</c>, <c>brand NAME</c> and <c>page URL</c>: one verb for one kind of thing.</summary>
internal static class LookupVerbs
{
    public static Command Product() => Create("product", "ID", "1004856", (client, id, stop) => client.GetProductAsync(id, stop));

    public static Command Category() => Create("category", "ID", "2053013555631882655", (client, id, stop) => client.GetCategoryAsync(id, stop));

    public static Command Brand() => Create("brand", "NAME", "samsung", (client, id, stop) => client.GetBrandAsync(id, stop));

    public static Command Page() => Create("page", "PAGE", "/home", (client, id, stop) => client.GetPageAsync(id, stop));

    private static Command Create<T>(string name, string argument, string example, Func<AnalyticsClient, string, CancellationToken, Task<T?>> find)
        where T : class
    {
        var id = new Argument<string>(argument) { Description = $"The {name}." };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var server = new ServerOptions();
        var command = new Command(
            name,
            $"""
            What happened to one {name}.

            Example:
              orleans-analytics {name} {example}
            """)
        {
            id, json,
        };
        server.AddTo(command);
        command.SetAction(async (parsed, stop) =>
        {
            using var client = server.Read(parsed).ForQuestions();
            var wanted = parsed.GetRequiredValue(id);
            if (await find(client, wanted, stop) is not { } found)
            {
                await Console.Error.WriteLineAsync($"error: no events of {name} {wanted}.");
                return CommandLine.Failed;
            }
            if (parsed.GetValue(json))
                Printer.Json(found);
            else
                Printer.Value($"{name} {wanted}", JsonSerializer.SerializeToElement(found, JsonSerializerOptions.Web));
            return CommandLine.Success;
        });
        return command;
    }
}
