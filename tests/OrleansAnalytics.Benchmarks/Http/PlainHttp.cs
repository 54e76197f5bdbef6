using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OrleansAnalytics.Benchmarks.Http;

/// <summary>One connection that asks and reads answers and does nothing else, because it shares the processors with the node that is measured. Not a client for anything else.</summary>
internal sealed class PlainHttp : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[1 << 20];

    /// <summary>The bytes of a GET.</summary>
    public static byte[] Request(Uri address, string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");

    public async Task ConnectAsync(Uri address, CancellationToken cancellationToken) =>
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address.Host), address.Port), cancellationToken);

    /// <summary>Asks, and waits for the whole answer.</summary>
    /// <exception cref="InvalidOperationException">The answer is not 200, or longer than a megabyte.</exception>
    public async ValueTask GetAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _socket.SendAsync(request, cancellationToken);
        for (var read = 0; !IsWhole(_answer.AsSpan(0, read));)
        {
            var more = await _socket.ReceiveAsync(_answer.AsMemory(read), cancellationToken);
            read += more > 0 ? more : throw new InvalidOperationException("the node closed the connection, or its answer is too long");
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        if (!answer.StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException(Encoding.ASCII.GetString(answer[..head]));
        }

        var length = answer[..head].IndexOf("Content-Length: "u8);
        if (length < 0)
        {
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        }

        _ = System.Buffers.Text.Utf8Parser.TryParse(answer[(length + 16)..], out int bytes, out _);
        return answer.Length >= head + 4 + bytes;
    }
}
