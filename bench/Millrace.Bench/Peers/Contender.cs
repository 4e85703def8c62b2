using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Bench.Peers;

/// <summary>What is asked of every system.</summary>
internal enum Workload
{
    /// <summary>Five durable effects, one after the other; the answer comes when they are done.</summary>
    Chain,

    /// <summary>Five functions without effects; the answer comes when they are done and stored.</summary>
    PureChain,

    /// <summary>A hundred durable effects at once; the answer comes when they are done.</summary>
    FanOut,

    /// <summary>As <see cref="FanOut"/>, as a hundred nodes of the graph instead of a hundred items of one node.</summary>
    FanOutOfNodes,

    /// <summary>Sleeps for an hour; the answer comes when it is stored.</summary>
    Sleeper,

    /// <summary>An effect, two seconds of sleep, an effect; the answer comes when it is stored.</summary>
    Flight,
}

/// <summary>How a system is asked.</summary>
/// <param name="Url">Where to post.</param>
/// <param name="MustContain">What is in every good answer.</param>
internal sealed record WorkloadRequest(Uri Url, string MustContain)
{
    public const string Body = """{"input":{}}""";

    public HttpLoad Load() => new(Url, Body, MustContain);
}

/// <summary>A system under comparison, as processes of its own over a directory of its own.</summary>
internal abstract class Contender : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly List<Process> _processes = [];
    private readonly Queue<string> _lastLines = new();
    private bool _isDeployed;

    protected TemporaryDirectory Data { get; } = new();

    public abstract string Name { get; }

    /// <summary>What it is and how durable: versions and settings.</summary>
    public abstract string Describe();

    /// <summary>How it is asked; null: it has no such thing.</summary>
    public abstract WorkloadRequest? Request(Workload workload);

    /// <summary>Starts its processes and waits for nothing.</summary>
    protected abstract void Launch();

    /// <summary>An address that answers once it can be deployed to.</summary>
    protected abstract Uri Ready { get; }

    /// <summary>Gives it the workflows, once for all its starts.</summary>
    protected virtual void Deploy()
    {
    }

    /// <summary>How many sleepers have fallen asleep since the start.</summary>
    /// <param name="started">How many were started.</param>
    public virtual bool AreAsleep(int started) => false;

    /// <summary>Bytes of its files while it is stopped.</summary>
    public virtual long Disk() =>
        Directory.EnumerateFiles(Data.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    /// <summary>
    /// Keys of effects that its journals call in doubt, each as EXECUTION:NODE; null: it knows no such thing. While it is stopped.
    /// </summary>
    public virtual IReadOnlySet<string>? InDoubt() => null;

    protected virtual IEnumerable<int> Roots => _processes.Select(process => process.Id);

    public long Memory() => ProcessTree.Memory(Roots);

    public long Written() => ProcessTree.Written(Roots);

    public TimeSpan ProcessorTime() => ProcessTree.ProcessorTime(Roots);

    /// <summary>Starts it and waits until it has run a workflow.</summary>
    public void Start()
    {
        using var client = new HttpClient();
        Launch();
        if (!_isDeployed)
        {
            Until(() => Answers(client, Ready));
            Deploy();
            _isDeployed = true;
        }
        UntilItRuns(client);
    }

    /// <summary>Starts it again; answers how long it took until a workflow had run.</summary>
    public TimeSpan ColdStart()
    {
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();
        Launch();
        UntilItRuns(client);
        return clock.Elapsed;
    }

    /// <summary>Starts it again and waits for nothing.</summary>
    public void Restart() => Launch();

    /// <summary>kill -9 for all that runs workflows.</summary>
    public void Kill()
    {
        foreach (var process in _processes)
            process.Kill();
        foreach (var process in _processes)
        {
            process.WaitForExit();
            process.Dispose();
        }
        _processes.Clear();
    }

    public virtual void Dispose()
    {
        Kill();
        Data.Dispose();
    }

    protected void Spawn(IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    protected static string Post(Uri url, string body)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = client.PostAsync(url, content).GetAwaiter().GetResult();
        var answer = response.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        return response.IsSuccessStatusCode ? answer : throw new InvalidOperationException($"POST {url}: {answer}");
    }

    protected static string Get(Uri url)
    {
        using var client = new HttpClient();
        return client.GetStringAsync(url).GetAwaiter().GetResult();
    }

    private void UntilItRuns(HttpClient client)
    {
        var request = Request(Workload.Chain)!;
        Until(() => Runs(client, request));
    }

    private void Until(Func<bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); Thread.Sleep(2))
        {
            if (clock.Elapsed > StartTimeout || _processes.Exists(process => process.HasExited))
                throw new InvalidOperationException($"{Name} did not start:\n{string.Join('\n', Lines())}");
        }
    }

    private static bool Answers(HttpClient client, Uri url)
    {
        try
        {
            using var response = client.GetAsync(url).GetAwaiter().GetResult();
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static bool Runs(HttpClient client, WorkloadRequest request)
    {
        try
        {
            using var content = new StringContent(WorkloadRequest.Body, Encoding.UTF8, "application/json");
            using var response = client.PostAsync(request.Url, content).GetAwaiter().GetResult();
            return response.Content.ReadAsStringAsync().GetAwaiter().GetResult().Contains(request.MustContain, StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > 30)
                _lastLines.Dequeue();
        }
    }

    private string[] Lines()
    {
        lock (_lastLines)
            return [.. _lastLines];
    }
}
