using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>
/// The wires between silos: each is told to others with the port of a gate, and what they say to it passes here. A process that is cut off hears nothing from the others, and
/// they nothing from it, as if packets were lost: connections stay, and whoever connects gets no answer. When it is joined again, what was said arrives.
/// </summary>
internal sealed class SiloNetwork : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly ConcurrentBag<Gate> _gates = [];
    private readonly ConcurrentDictionary<int, bool> _processes = new();
    private readonly Lock _lock = new();
    private int? _cutOff;
    private TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A gate before a port; the process behind it is told to <see cref="Gate.Belongs"/>.</summary>
    public Gate Before(int port)
    {
        var gate = new Gate(this, port);
        _gates.Add(gate);
        return gate;
    }

    /// <summary>Cuts a process off from all others.</summary>
    public void CutOff(int process)
    {
        lock (_lock)
        {
            _cutOff = process;
            _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Everything passes again.</summary>
    public void Join()
    {
        lock (_lock)
        {
            _cutOff = null;
            _whole.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var gate in _gates)
        {
            gate.Dispose();
        }

        _end.Dispose();
    }

    private Task PassesAsync(int? one, int? other)
    {
        lock (_lock)
        {
            return _cutOff is { } cutOff && (one == cutOff) != (other == cutOff) ? _whole.Task.WaitAsync(_end.Token) : Task.CompletedTask;
        }
    }

    /// <summary>Takes connections of other silos and passes them on.</summary>
    internal sealed class Gate : IDisposable
    {
        private readonly SiloNetwork _network;
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly int _behind;
        private int? _process;

        public Gate(SiloNetwork network, int behind)
        {
            (_network, _behind) = (network, behind);
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            network._running.Add(TakeAsync());
        }

        /// <summary>What other silos are told.</summary>
        public int Port { get; }

        /// <summary>Whose gate this is.</summary>
        public void Belongs(int process)
        {
            _process = process;
            _network._processes[process] = true;
        }

        public void Dispose() => _listener.Dispose();

        private async Task TakeAsync()
        {
            try
            {
                while (true)
                {
                    _network._running.Add(PassAsync(await _listener.AcceptTcpClientAsync(_network._end.Token)));
                }
            }
            catch (OperationCanceledException)
            {
                // That was all.
            }
        }

        private async Task PassAsync(TcpClient from)
        {
            using (from)
            using (var to = new TcpClient())
            {
                try
                {
                    var peer = SocketOwners.Of(((IPEndPoint)from.Client.RemoteEndPoint!).Port, Port, _network._processes.Keys);
                    await _network.PassesAsync(peer, _process);
                    await to.ConnectAsync(IPAddress.Loopback, _behind, _network._end.Token);
                    await Task.WhenAny(CopyAsync(from, to, peer), CopyAsync(to, from, peer));
                }
                catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
                {
                    // One end is gone; the other learns that when both are closed here.
                }
            }
        }

        private async Task CopyAsync(TcpClient from, TcpClient to, int? peer)
        {
            var bytes = new byte[1 << 16];
            while (await from.GetStream().ReadAsync(bytes, _network._end.Token) is > 0 and var read)
            {
                await _network.PassesAsync(peer, _process);
                await to.GetStream().WriteAsync(bytes.AsMemory(0, read), _network._end.Token);
            }
        }
    }
}
