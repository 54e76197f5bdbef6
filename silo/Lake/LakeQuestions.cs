using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Questions to the lake over HTTP: so many at the same time, each on the lake as its manifests are when the question comes.</summary>
internal sealed class LakeQuestions(LakeFolder folder, IOptions<LakeQueryOptions> options, TimeProvider time, BlobLakeMirror? mirror = null) : IDisposable
{
    private const int RetryAfterSeconds = 1;

    private readonly SemaphoreSlim _room = new(options.Value.MaxQueries);

    /// <summary>Answers a question, or says as a problem why there is no answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">Blocks; runs on a thread of its own.</param>
    public async Task<IResult> AnswerAsync(HttpContext context, Func<LakeDatabase, CancellationToken, IResult> answer)
    {
        // Whoever waited would hold a connection for as long as others compute; asking again costs less.
        if (!await _room.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
            return Results.Problem(
                $"{options.Value.MaxQueries} questions to the lake are being answered; ask again.", statusCode: StatusCodes.Status429TooManyRequests, title: "The lake is busy");
        }

        try
        {
            if (mirror is not null)
            {
                await mirror.RefreshAsync(context.RequestAborted);
            }

            return await Task.Run(() => Answer(answer, context.RequestAborted), context.RequestAborted);
        }
        catch (Exception exception) when (mirror is not null && exception is IOException or JsonException)
        {
            return Results.Problem(exception is JsonException ? "A manifest of the lake cannot be read." : exception.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "The lake cannot be read");
        }
        finally
        {
            _room.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private IResult Answer(Func<LakeDatabase, CancellationToken, IResult> answer, CancellationToken cancellationToken)
    {
        try
        {
            using var database = LakeDatabase.Open(mirror?.Folder ?? folder, options.Value, time);
            return answer(database, cancellationToken);
        }
        catch (SqlException exception)
        {
            var (status, title) = Problem(exception.Error);
            return Results.Problem(exception.Message, statusCode: status, title: title, extensions: new Dictionary<string, object?> { ["error"] = Name(exception.Error) });
        }
        catch (JsonException)
        {
            return Results.Problem("A manifest of the lake cannot be read.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "The lake cannot be read");
        }
    }

    private static (int Status, string Title) Problem(SqlError error) => error switch
    {
        SqlError.Refused => (StatusCodes.Status400BadRequest, "The statement is refused"),
        SqlError.Invalid => (StatusCodes.Status400BadRequest, "The statement is wrong"),
        SqlError.Timeout => (StatusCodes.Status504GatewayTimeout, "The statement took too long"),
        SqlError.OutOfMemory => (StatusCodes.Status422UnprocessableEntity, "The statement needs too much memory"),
        SqlError.TooManyRows => (StatusCodes.Status413PayloadTooLarge, "The answer is too large"),
        _ => (StatusCodes.Status503ServiceUnavailable, "The lake cannot be read"),
    };

    private static string Name(SqlError error) => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());
}
