using Millrace.Engine.Nodes;
using Millrace.Testing.Files;

namespace Millrace.Cli.Testing;

/// <summary>What came of files of tests.</summary>
internal sealed record TestedFile(WorkflowTestFile File, IReadOnlyList<TestedCase> Cases);

/// <summary>What came of a case.</summary>
internal sealed record TestedCase(WorkflowTestFileCase Case, WorkflowTestOutcome Outcome);

/// <summary>Runs cases side by side; what came of them is in the order in which they are written.</summary>
/// <param name="filter">Only cases with this in their name or their file's; null: all.</param>
internal sealed class TestRun(string? filter)
{
    public async Task<IReadOnlyList<TestedFile>> RunAsync(IEnumerable<string> paths, NodeType[] types, CancellationToken interruption)
    {
        WorkflowTestFile[] files = [.. paths.Select(path => WorkflowTestFile.Read(path, types))];
        var cases = files.SelectMany(file => file.Problems.IsEmpty ? file.Cases.Where(one => IsWanted(file, one)) : []).ToArray();
        var outcomes = new WorkflowTestOutcome[cases.Length];
        await Parallel.ForAsync(0, cases.Length, interruption, async (index, stop) => outcomes[index] = await cases[index].RunAsync(stop));
        var byCase = cases.Zip(outcomes).ToDictionary(pair => pair.First, pair => pair.Second);
        return [
            .. files.Select(
                file => new TestedFile(file, [.. file.Cases.Where(byCase.ContainsKey).Select(one => new TestedCase(one, byCase[one]))])),
        ];
    }

    private bool IsWanted(WorkflowTestFile file, WorkflowTestFileCase one) =>
        filter is null
            || one.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)
            || file.Path.Contains(filter, StringComparison.OrdinalIgnoreCase);
}
