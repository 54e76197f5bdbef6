using System.Diagnostics.CodeAnalysis;
using Azure.Core;
using Azure.Core.Pipeline;
using Request = Azure.Core.Request;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>What happens to one request on its way.</summary>
internal enum RequestFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The service takes it, and its answer is lost.</summary>
    AnswerLost,

    /// <summary>It never arrives.</summary>
    Lost,

    /// <summary>The service is too busy: 503 instead of being taken.</summary>
    Busy,
}

/// <summary>The real way to the service, on which a test lets requests fail.</summary>
internal sealed class FaultyTransport : HttpPipelineTransport
{
    private static readonly HttpClientTransport Real = new();
    private readonly Lock _gate = new();
    private Func<Request, RequestFault> _fault = _ => RequestFault.None;
    private Func<Request, Task> _before = _ => Task.CompletedTask;
    private int _sent;

    /// <summary>Requests so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Decides of every further request; called for one at a time.</summary>
    public void Decide(Func<Request, RequestFault> fault)
    {
        lock (_gate)
        {
            _fault = fault;
        }
    }

    /// <summary>Happens before every further request is sent; a request may be held so long.</summary>
    public void Before(Func<Request, Task> before) => Volatile.Write(ref _before, before);

    /// <summary>The next request that changes something meets this fault, and no other.</summary>
    public void Once(RequestFault fault)
    {
        var isDone = false;
        Decide(request => !isDone && request.Method != RequestMethod.Get && request.Method != RequestMethod.Head && (isDone = true) ? fault : RequestFault.None);
    }

    public override Request CreateRequest() => Real.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("nothing here blocks");

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        Interlocked.Increment(ref _sent);
        await Volatile.Read(ref _before)(message.Request);
        RequestFault fault;
        lock (_gate)
        {
            fault = _fault(message.Request);
        }

        switch (fault)
        {
            case RequestFault.Lost:
                throw new IOException("lost on the way");
            case RequestFault.Busy:
                message.Response = new BusyResponse { ClientRequestId = message.Request.ClientRequestId };
                return;
            default:
                await Real.ProcessAsync(message);
                if (fault == RequestFault.AnswerLost)
                {
                    message.Response.Dispose();
                    throw new IOException("the answer was lost");
                }

                return;
        }
    }

    private sealed class BusyResponse : Azure.Response
    {
        public override int Status => 503;

        public override string ReasonPhrase => "Service Unavailable";

        public override Stream? ContentStream { get; set; } = new MemoryStream("""{"odata.error":{"code":"ServerBusy","message":{"lang":"en-US","value":"The server is busy."}}}"""u8.ToArray());

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [new HttpHeader("Content-Type", "application/json"), new HttpHeader("x-ms-error-code", "ServerBusy")];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = EnumerateHeaders().FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
            return value is not null;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = TryGetHeader(name, out var value) ? [value] : null;
            return values is not null;
        }
    }
}
