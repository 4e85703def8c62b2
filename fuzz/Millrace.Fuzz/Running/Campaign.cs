using System.Security.Cryptography;
using System.Text;
using Millrace.Fuzz.Targets;

namespace Millrace.Fuzz.Running;

/// <summary>One target being looked at: makes inputs, keeps those that come to something new, reports those that do harm.</summary>
internal sealed class Campaign(Target target, FindFolder finds) : IDisposable
{
    private const int LargestCorpus = 3_000;
    private const int LargestKept = 64 * 1024;
    private const int MaxFinds = 20;

    private readonly List<byte[]> _corpus = [];
    // Hashes: the search comes to millions of outcomes in an hour, and some of them recite their input.
    private readonly HashSet<ulong> _outcomes = [];
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private readonly CurrentInput _current = new(finds, target.Name);
    private long _runs;
    private long _processorTimeAtStart = -1;

    public string Name => target.Name;

    public long Runs => Interlocked.Read(ref _runs);

    public int Finds => _complaints.Count;

    /// <summary>Processor time of the whole program since the input at hand began.</summary>
    public TimeSpan RunningFor =>
        Interlocked.Read(ref _processorTimeAtStart) is >= 0 and var since
            ? Environment.CpuUsage.TotalTime - TimeSpan.FromTicks(since)
            : TimeSpan.Zero;

    public override string ToString() => $"{target.Name} {Runs:N0} runs, {_outcomes.Count} outcomes, {Finds} finds";

    /// <summary>Looks until told to end.</summary>
    public void Run(int seed, Func<bool> goesOn)
    {
        var random = new Random(seed ^ Stable(target.Name));
        foreach (var input in target.Seeds)
            Try(input, seed);
        while (goesOn() && _complaints.Count < MaxFinds)
            Try(target.Generate(random, () => _corpus[random.Next(_corpus.Count)]), seed);
    }

    public void Dispose() => _current.Dispose();

    /// <summary>Ends the program: the input at hand never ends, and a thread cannot be made to.</summary>
    public void GiveUp(int seed)
    {
        finds.Write(target.Name, "hang", $"seed {seed}: does not end", _current.Read());
        Console.WriteLine($"FIND {target.Name} (seed {seed}): an input does not end");
        Environment.Exit(1);
    }

    private void Try(byte[] input, int seed)
    {
        _current.Write(input);
        Interlocked.Exchange(ref _processorTimeAtStart, Environment.CpuUsage.TotalTime.Ticks);
        var outcome = Trial.Of(target, input);
        Interlocked.Exchange(ref _processorTimeAtStart, -1);
        Interlocked.Increment(ref _runs);
        if (outcome.Complaint is { } complaint)
            Report(input, complaint, seed);
        if (_corpus.Count < target.Seeds.Count || (_outcomes.Add(HashOf(outcome.Kind)) && input.Length <= LargestKept))
            Keep(input);
    }

    // The oldest finds of the search make room; what it began with stays.
    private void Keep(byte[] input)
    {
        if (_corpus.Count >= LargestCorpus)
            _corpus.RemoveAt(target.Seeds.Count);
        _corpus.Add(input);
    }

    private void Report(byte[] input, string complaint, int seed)
    {
        if (!_complaints.Add(Trial.KindOf(complaint)))
            return;
        var minimal = Minimizer.Minimize(target, input, Trial.KindOf(complaint));
        var path = finds.Write(target.Name, _complaints.Count.ToString(), $"seed {seed}: {complaint}", minimal);
        Console.WriteLine($"FIND {target.Name} (seed {seed}): {complaint.Split('\n')[0]}{Environment.NewLine}  {path}");
    }

    private static ulong HashOf(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // string.GetHashCode differs from process to process.
    private static int Stable(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}
