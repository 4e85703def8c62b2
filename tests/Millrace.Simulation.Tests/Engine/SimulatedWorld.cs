using Millrace.Checking;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Simulation.Tests.Engine.Planted;
using Millrace.Simulation.Tests.Engine.Stores;
using Millrace.Testing.Storage;
using Millrace.Testing.Time;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>
/// The real engine in a world that is all drawn from one seed: processes over one store, clients, time, and faults. In half of the worlds processes
/// follow each other, each of which takes over all; in the others up to three own executions at once, and who is taken for dead loses them. First all of that at once, then a quiet in which everything must come to its end.
/// </summary>
internal sealed class SimulatedWorld
{
    public const string Tenant = "acme";

    private const int MaxProcesses = 6;
    private const int MaxOwners = 3;
    private const int MaxTurns = 60_000;
    private const int MaxTurnsAtOnce = 20_000;
    private static readonly TimeSpan NoPause = TimeSpan.FromSeconds(10);

    private readonly List<SimulatedProcess> _processes = [];
    private readonly Faults _faults;
    private readonly Clients _clients;
    private readonly bool _isShared;
    private bool _isQuiet;
    private Exception? _broken;
    private DateTimeOffset? _quietAt;
    private int _turnsAtOnce;

    /// <param name="seed">What all is drawn from.</param>
    /// <param name="plant">A bug to plant; null: none.</param>
    /// <param name="keepsLines">Whether the trace can be read.</param>
    /// <param name="faults">What may go wrong; null: that is drawn too.</param>
    public SimulatedWorld(int seed, PlantedBug? plant = null, bool keepsLines = false, Faults? faults = null)
    {
        Seed = seed;
        Random = new Random(seed);
        Ids = new SeededIds(seed);
        Trace = new Trace(keepsLines || RepeatsItself) { Clock = () => Time!.GetUtcNow().ToString("HH:mm:ss.fff") };
        Plant = plant;
        History = new StoreHistory(Trace, new MemoryStoreData(Time));
        Workflows = new SimulatedWorkflows(seed, Random);
        Effects = new SimulatedEffects(this);
        Budgets = new SimulatedBudgets(this);
        Options = Faults.Options(Random);
        _isShared = Random.Next(2) == 0;
        // Planted bugs are looked for in the text of journals.
        Blobs = plant is null && Random.Next(2) == 0 ? new SimulatedBlobs(areReadsEventful: !RepeatsItself) : null;
        History.Blobs = Blobs;
        _faults = faults ?? Faults.Draw(Random);
        _clients = new Clients(this);
    }

    public int Seed { get; }

    /// <summary>Whether a second run is the same to the letter. A tenth of all worlds; the others nearly are.</summary>
    public bool RepeatsItself => Seed % 10 == 0;

    public Random Random { get; }

    public IdSource Ids { get; }

    public VirtualTime Time { get; } = new();

    public Trace Trace { get; }

    public PlantedBug? Plant { get; }

    public StoreHistory History { get; }

    public SimulatedWorkflows Workflows { get; }

    public SimulatedEffects Effects { get; }

    public SimulatedBudgets Budgets { get; }

    public EngineOptions Options { get; }

    /// <summary>Where large values lie; null: they stay where they are.</summary>
    public SimulatedBlobs? Blobs { get; }

    public Faults Faults => _isQuiet ? new Faults() : _faults;

    /// <summary>The process that owns the store, or the latest of those that own some of it.</summary>
    public SimulatedProcess Current => _processes.FindLast(IsOwner) ?? _processes[^1];

    /// <summary>How many processes have died.</summary>
    public int Crashes => _processes.Count(process => process.IsCrashed);

    /// <summary>Something threw what nobody expects.</summary>
    public void Broke(Exception exception) => _broken ??= exception;

    /// <summary>Runs to the end.</summary>
    /// <exception cref="Exception">The engine broke.</exception>
    public void Run()
    {
        History.Open().Write([.. Workflows.All.Select(workflow => workflow.Save(Time.GetUtcNow()))]);
        Open();
        for (var turn = 0; _clients.HasMore && turn < MaxTurns; turn++)
            TakeTurn();
        Calm();
        new Quiet(this, _clients).Wait();
        _quietAt = Time.GetUtcNow() - Quiet.Long;
    }

    /// <summary>What was seen until now.</summary>
    /// <exception cref="InvalidDataException">Something refers to a blob that is not there, or was not when it was committed.</exception>
    public Evidence Evidence()
    {
        if (History.MissingBlobs.Count > 0)
            throw new InvalidDataException($"Seed {Seed}: something was committed that refers to blob {History.MissingBlobs[0]}, which was not there.");
        return Seen();
    }

    private Evidence Seen() => new()
    {
        Executions = History.Evidence(),
        Bodies = Effects.Begun,
        Steps = Effects.Steps.Begun,
        StepsSeen = Effects.Steps.Seen,
        Acknowledged = _clients.Acknowledged,
        Commits = History.Commits,
        Limits = Workflows.All.Where(workflow => workflow.Limit is not null).ToDictionary(workflow => workflow.Id, workflow => workflow.Limit!.Value),
        Budgets = Budgets.Standings(History.Balance),
        LeftAlone = _clients.LeftAlone(),
        QuietAt = _quietAt,
    };

    /// <summary>Does one piece of work of one process. False: there is none.</summary>
    public bool RunOne()
    {
        if (++_turnsAtOnce > MaxTurnsAtOnce)
            throw new InvalidOperationException($"Seed {Seed}: the engine goes on and on, and no time passes.");
        var able = _processes.Count(process => process.CanRun);
        if (able == 0)
            return false;
        var choice = able == 1 ? 0 : Random.Next(able);
        _processes.Where(process => process.CanRun).ElementAt(choice).RunOne();
        return _broken is null ? true : throw new InvalidOperationException($"Seed {Seed}: the engine broke: {_broken.Message}", _broken);
    }

    /// <summary>Lets time pass to the next timer, at most a while.</summary>
    public void PassTime()
    {
        if (_isQuiet && !IsOwner(Current))
            Open();
        if (_isQuiet)
            Bury();
        var before = Time.GetUtcNow();
        if (!Time.FireNext(before + NoPause))
            Time.Advance(NoPause);
        if (Time.GetUtcNow() > before)
            _turnsAtOnce = 0;
    }

    private void Open()
    {
        var store = _isShared ? History.Join() : History.Open();
        _processes.Add(new SimulatedProcess(this, Plant?.Store(store) ?? store));
        Trace.Note(_isShared ? "join" : "open", "process", _processes[^1].Epoch);
    }

    private static bool IsOwner(SimulatedProcess process) => process is { IsCrashed: false, IsStale: false };

    // The others notice after a while that one is gone.
    private void Bury()
    {
        if (!_isShared || _processes.Find(process => process is { IsCrashed: true, IsStale: false }) is not { } dead)
            return;
        if (_processes.Find(IsOwner) is { } other)
            other.Declare(dead);
        else
            Open();
    }

    private void TakeTurn()
    {
        if (!IsOwner(Current) && (Random.Next(20) == 0 || !_processes.Exists(process => process.CanRun)))
            Open();
        if (Random.Next(40) == 0)
            Bury();
        if (Random.Next(12) == 0)
            _clients.Act(Alive());
        else if (Happens(_faults.Crash) && _processes.Count < MaxProcesses)
            Alive()?.Crash();
        else if (Happens(_faults.Stop) && _processes.Count < MaxProcesses)
            Alive()?.Stop();
        else if (Happens(_faults.Overlap) && _processes.Count < MaxProcesses)
            Overlap();
        else if (Happens(_faults.Pause))
            Pause();
        else if (Happens(_faults.ClockJump) && Alive() is { } process)
            Jump(process);
        else if (Happens(_faults.Lag) || !RunOne())
            PassTime();
    }

    // Any that has not ended; mostly the owner.
    private SimulatedProcess? Alive()
    {
        var alive = _processes.FindAll(process => !process.IsCrashed);
        return alive.Count == 0 ? null : alive[Random.Next(4) == 0 ? Random.Next(alive.Count) : ^1];
    }

    private void Pause()
    {
        if (Alive() is not { } process)
            return;
        process.PausedUntil = Time.GetUtcNow() + TimeSpan.FromSeconds(Random.Next(1, 600));
        Trace.Note("pause of", "process", process.Epoch);
        if (Random.Next(2) == 0 && _processes.Count < MaxProcesses)
            Overlap();
    }

    // One more process: it takes over, or joins the others, or takes one of them for dead that may well be alive.
    private void Overlap()
    {
        var owners = _processes.Where(IsOwner).ToList();
        if (!_isShared || owners.Count < 2 || (owners.Count < MaxOwners && Random.Next(2) == 0))
            Open();
        else
            owners[^1].Declare(owners[Random.Next(owners.Count - 1)]);
    }

    private void Jump(SimulatedProcess process)
    {
        process.Time.Ahead = TimeSpan.FromHours(Random.Next(-1, 2));
        Trace.Note("clock jump of", "process", process.Epoch);
    }

    private void Calm()
    {
        _isQuiet = true;
        Trace.Note("quiet");
        foreach (var process in _processes)
        {
            process.PausedUntil = default;
            process.Time.Ahead = default;
            // One that nobody needs any more may end or live on: it must do no harm.
            if (process.IsStale && Random.Next(2) == 0)
                process.Crash();
        }
        if (!IsOwner(Current))
            Open();
    }

    private bool Happens(double chance) => chance > 0 && Random.NextDouble() < chance;

    private sealed class SeededIds(int seed) : IdSource
    {
        private readonly Random _random = new(seed);

        protected override void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
    }
}
