using System.Security.Cryptography;
using System.Text;

namespace OrleansAnalytics.Hosting;

/// <summary>
/// Lets requests pass that carry the key: <c>X-Api-Key: KEY</c>, <c>Authorization: Bearer KEY</c>, or, for browsers, the password of basic
/// authentication. Health checks pass without.
/// </summary>
internal sealed class ApiKeyGate(RequestDelegate next, string key)
{
    private readonly byte[] _key = Digest(key);

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health") || Carries(context.Request.Headers))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Basic realm=\"OrleansAnalytics\", charset=\"UTF-8\"";
        return Results.Problem("Send the key as X-Api-Key, as a bearer token, or as the password of basic authentication.", statusCode: StatusCodes.Status401Unauthorized, title: "A key is needed")
            .ExecuteAsync(context);
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private bool Carries(IHeaderDictionary headers)
    {
        if (headers["X-Api-Key"].ToString() is { Length: > 0 } direct)
        {
            return Matches(direct);
        }

        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Matches(authorization["Bearer ".Length..].Trim());
        }

        if (!authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var encoded = authorization["Basic ".Length..].Trim();
        var decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, decoded, out var length))
        {
            return false;
        }

        var credentials = Encoding.UTF8.GetString(decoded, 0, length);
        return credentials.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon && Matches(credentials[(colon + 1)..]);
    }

    // Digests have one length, so the comparison takes the same time whatever was sent.
    private bool Matches(string candidate) => CryptographicOperations.FixedTimeEquals(Digest(candidate), _key);
}
