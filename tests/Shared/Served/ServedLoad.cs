using System.Globalization;
using System.Text.Json;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests.Processes;

namespace Millrace.Tests.Served;

/// <summary>
/// Callers of a server that may die at any moment: they start executions of random workflows, answer what these wait for, and ask again
/// whenever they hear nothing. All that they say has a key, so that saying it again does nothing.
/// </summary>
internal sealed class ServedLoad
{
    private const int Callers = 12;
    private const int Page = 200;

    private readonly ServerProcess _server;
    private readonly IReadOnlyList<ServedWorkflow> _workflows;
    private readonly int _window;
    private readonly List<ServedExecution> _all = [];
    private List<ServedExecution> _left = [];

    private ServedLoad(ServerProcess server, IReadOnlyList<ServedWorkflow> workflows, int window) => (_server, _workflows, _window) = (server, workflows, window);

    /// <summary>Every execution that anybody tried to start.</summary>
    public IReadOnlyList<ServedExecution> Executions => _all;

    /// <summary>What to note of when something was acknowledged or called; null: nothing.</summary>
    public Func<long>? Clock { get; set; }

    public int Ended => _all.Count - _left.Count;

    /// <summary>The workflows of some seeds; a load over them once they are saved.</summary>
    /// <param name="server">The server.</param>
    /// <param name="witness">Where effects call.</param>
    /// <param name="seeds">Which workflows.</param>
    /// <param name="window">How many executions are under way at once.</param>
    public static async Task<ServedLoad> PrepareAsync(ServerProcess server, Uri witness, IEnumerable<int> seeds, int window)
    {
        var workflows = seeds.Select(seed => new ServedWorkflow($"seed {seed}", PlanGenerator.Generate(seed), witness)).Where(workflow => workflow.IsValid).ToList();
        await ServedWorkflow.SaveChildrenAsync(server);
        await Parallel.ForEachAsync(workflows, Side, async (workflow, _) => await workflow.SaveAsync(server));
        return new ServedLoad(server, workflows, window);
    }

    /// <summary>What the witness answers.</summary>
    public WitnessAnswer AnswerTo(WitnessedCall call)
    {
        // {executionId}:{nodeId}:{iteration}:{generation}
        var key = call.Key.Split(':');
        ServedExecution execution;
        lock (_all)
            execution = _all[int.Parse(call.Path.Split('/')[1], CultureInfo.InvariantCulture)];
        return execution.Script.AnswerTo(key[1], key[2], call.Times);
    }

    /// <summary>Goes on until there were enough and all of them have ended.</summary>
    public async Task RunAsync(Func<bool> isEnough)
    {
        var patience = DateTime.UtcNow + ServerProcess.Patience;
        while (true)
        {
            var isOver = isEnough();
            while (!isOver && _left.Count < _window)
                Add();
            if (isOver && _left.Count == 0)
                return;
            if (!isOver)
                patience = DateTime.UtcNow + ServerProcess.Patience;
            else if (DateTime.UtcNow > patience)
                Assert.Fail($"They do not end: {string.Join(", ", _left.Select(execution => $"{execution.Name} {execution.Id}"))}\n{await _server.GetAsync($"api/v1/executions/{_left[0].Id}/journal")}");
            await RoundAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }

    private void Add()
    {
        var execution = new ServedExecution(_workflows[_all.Count % _workflows.Count], _all.Count);
        lock (_all)
            _all.Add(execution);
        _left.Add(execution);
    }

    private async Task RoundAsync()
    {
        await Parallel.ForEachAsync(_left.Where(execution => !execution.IsAcknowledged).ToList(), Side, async (execution, _) => await ServerProcess.TryAsync(() => execution.StartAsync(_server, Clock)));
        var known = _left.FindAll(execution => execution.IsAcknowledged);
        var active = new HashSet<string>();
        if (!await ServerProcess.TryAsync(() => ReadActiveAsync(active)))
            return;
        // What is not under way has ended; that is asked of itself.
        await Parallel.ForEachAsync(known.Where(execution => execution.IsAsked || !active.Contains(execution.Id)), Side, async (execution, _) => await ServerProcess.TryAsync(() => execution.AnswerAsync(_server)));
        _left = _left.FindAll(execution => !execution.HasEnded);
    }

    private async Task ReadActiveAsync(HashSet<string> active)
    {
        for (var cursor = ""; ;)
        {
            var page = await _server.GetAsync($"api/v1/executions?status=pending,running,waiting,paused,compensating&limit={Page}{cursor}");
            foreach (var execution in page.EnumerateArray())
                active.Add(execution.GetProperty("id").GetString()!);
            if (page.GetArrayLength() < Page)
                return;
            cursor = $"&cursor={page[Page - 1].GetProperty("id").GetString()}";
        }
    }

    private static ParallelOptions Side => new() { MaxDegreeOfParallelism = Callers, CancellationToken = TestContext.Current.CancellationToken };
}
