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
    /// <param name="user">The only user whose events are asked for; null for all.</param>
    public async Task<IResult> AnswerAsync(HttpContext context, Func<LakeDatabase, CancellationToken, IResult> answer, string? user = null)
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
            await RefreshAsync(context.RequestAborted);
            return await Task.Run(() => Answer(answer, user, context.RequestAborted), context.RequestAborted);
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

    /// <summary>Answers a question about one user that is a part of another one, which does not fail with it.</summary>
    /// <param name="user">The only user whose events are asked for.</param>
    /// <param name="ask">Blocks; runs on a thread of its own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer, or why there is none.</returns>
    public async Task<(T? Answer, string? Trouble)> TryAskAsync<T>(string user, Func<LakeDatabase, CancellationToken, T> ask, CancellationToken cancellationToken)
        where T : class
    {
        // A look at one user may wait a little for others.
        if (!await _room.WaitAsync(TimeSpan.FromSeconds(RetryAfterSeconds), cancellationToken))
        {
            return (null, "the lake is busy.");
        }

        try
        {
            await RefreshAsync(cancellationToken);
            return (await Task.Run(() => Ask(ask, user, cancellationToken), cancellationToken), null);
        }
        catch (SqlException exception)
        {
            return (null, exception.Message);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return (null, "a manifest of the lake cannot be read.");
        }
        finally
        {
            _room.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    /// <summary>A lake that is elsewhere is asked from its copy, which is brought up to date first.</summary>
    private Task RefreshAsync(CancellationToken cancellationToken) => mirror is null ? Task.CompletedTask : mirror.RefreshAsync(cancellationToken);

    private IResult Answer(Func<LakeDatabase, CancellationToken, IResult> answer, string? user, CancellationToken cancellationToken)
    {
        try
        {
            return Ask(answer, user, cancellationToken);
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

    private T Ask<T>(Func<LakeDatabase, CancellationToken, T> ask, string? user, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(mirror?.Folder ?? folder, options.Value, time, user: user);
        return ask(database, cancellationToken);
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
