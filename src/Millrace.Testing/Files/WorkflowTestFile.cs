using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Files.Documents;
using Millrace.Testing.Files.Expecting;
using Millrace.Testing.Workflows;
using Millrace.Testing.Workflows.Results;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Files;

/// <summary>
/// Tests of a workflow as data: <c>NAME.tests.yaml</c> (or .yml, .json) beside <c>NAME.yaml</c>, with pinned outputs and what is expected.
/// </summary>
public sealed class WorkflowTestFile
{
    private const string Ending = ".tests";

    /// <summary>The ends of names that workflows and files of tests have.</summary>
    public static readonly ImmutableArray<string> Extensions = [".yaml", ".yml", ".json"];

    private WorkflowTestFile(string path, IEnumerable<Problem> problems, ImmutableArray<WorkflowTestFileCase> cases) =>
        (Path, Problems, Cases) = (path, [.. problems], cases);

    /// <summary>The path of the test file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it, with its places; with any, none of its cases can run.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>Its cases, in order.</summary>
    public ImmutableArray<WorkflowTestFileCase> Cases { get; }

    /// <summary>Whether a file is one of tests, by its name.</summary>
    public static bool IsOne(string path) =>
        Extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            && System.IO.Path.GetFileNameWithoutExtension(path).EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file of tests, and the workflow beside it. Runs nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="types">Node types beside those that come with Millrace.</param>
    public static WorkflowTestFile Read(string path, params NodeType[] types)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new WorkflowTestFile(path, [new Problem("", "unreadable", $"It cannot be read: {e.Message}")], []);
        }
        var format = System.IO.Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? DocumentFormat.Json
            : DocumentFormat.Yaml;
        var parsed = ParsedDocument.Parse(content, format);
        if (!parsed.Failures.IsEmpty)
            return new WorkflowTestFile(path, parsed.Failures, []);
        var positions = parsed.Positions ?? SourceMap.OfJson(content, parsed.Root);
        var binding = new StrictBinding();
        var cases = ReadCases(path, parsed.Root, binding, types);
        return new WorkflowTestFile(path, positions.Locate(binding.Problems), [.. cases.Select(one => one.At(positions))]);
    }

    private static List<WorkflowTestFileCase> ReadCases(string path, Value root, StrictBinding binding, NodeType[] types)
    {
        if (binding.Bind<SuiteDocument>(root, "") is not { } suite)
            return [];
        if (suite.Cases.Count == 0)
            binding.Add("/cases", "missing_field", "There are no cases.");
        var documents = ReadWorkflows(path, suite, binding, new TestSetup(types).Registry);
        if (documents is null)
            return [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        var cases = new List<WorkflowTestFileCase>();
        for (var i = 0; i < suite.Cases.Count; i++)
        {
            var (given, raw, at) = (suite.Cases[i], root["cases"].AsList()[i], $"/cases/{i}");
            if (!names.Add(given.Name))
                binding.Add(at + "/name", "duplicate_name", $"Another case is already called '{given.Name}'.");
            var setup = new TestSetup(types) { Advice = TestAdvice.InFile };
            setup.Documents.AddRange(documents);
            new CaseReader(binding, raw, at).Fill(setup, given);
            if (given.Expect is { } expect)
                ExpectationCheck.Check(expect, setup, binding, at + "/expect");
            cases.Add(new WorkflowTestFileCase(given.Name, at, setup, given.Expect, raw["expect"]));
        }
        return cases;
    }

    private static List<TestedDocument>? ReadWorkflows(string path, SuiteDocument suite, StrictBinding binding, NodeRegistry types)
    {
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        var name = System.IO.Path.GetFileNameWithoutExtension(path);
        var stem = name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) ? name[..^Ending.Length] : name;
        var tested = suite.Workflow
            ?? Extensions.Select(extension => stem + extension)
                .FirstOrDefault(beside => File.Exists(System.IO.Path.Combine(folder, beside)));
        if (tested is null)
        {
            binding.Add(
                "",
                "no_workflow",
                $"There is no workflow beside it: {string.Join(", ", Extensions.Select(extension => stem + extension))}. Name it with "
                    + "`workflow`.");
            return null;
        }
        var documents = new List<TestedDocument>();
        foreach (var (document, pointer) in (suite.Workflows ?? [])
            .Select((child, index) => (child, $"/workflows/{index}"))
            .Prepend((tested, suite.Workflow is null ? "" : "/workflow")))
        {
            try
            {
                documents.Add(TestedDocument.Read(System.IO.Path.Combine(folder, document), types));
            }
            catch (WorkflowTestException e)
            {
                binding.Add(pointer, "invalid_workflow", e.Message);
            }
        }
        return documents.Count == 1 + (suite.Workflows?.Count ?? 0) ? documents : null;
    }
}

/// <summary>One case of a file of tests.</summary>
public sealed class WorkflowTestFileCase
{
    private readonly string _pointer;
    private readonly TestSetup _setup;
    private readonly ExpectDocument? _expect;
    private readonly Value _raw;

    internal WorkflowTestFileCase(string name, string pointer, TestSetup setup, ExpectDocument? expect, Value raw) =>
        (Name, _pointer, _setup, _expect, _raw) = (name, pointer, setup, expect, raw);

    /// <summary>Its name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>Its line in the file, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Runs the case and compares its outcome with the expectations.</summary>
    /// <param name="cancellation">Cancels the operation.</param>
    public async Task<WorkflowTestOutcome> RunAsync(CancellationToken cancellation = default)
    {
        try
        {
            var result = await WorkflowTestCase.Of(_setup).RunAsync(cancellation);
            ImmutableArray<string> differences = [.. Expectations.Compare(_expect, _raw, result)];
            return new WorkflowTestOutcome(differences.IsEmpty ? [] : [.. differences, .. result.Account()], result);
        }
        catch (WorkflowTestException e)
        {
            return new WorkflowTestOutcome([.. e.Message.Split('\n')], null);
        }
    }

    internal WorkflowTestFileCase At(SourceMap positions)
    {
        Line = positions.Locate([new Problem(_pointer, "", "")])[0].Line ?? 1;
        return this;
    }
}

/// <summary>What came of a case.</summary>
/// <param name="Failures">What was not as expected, line by line, and how it went; empty: it passed.</param>
/// <param name="Result">The result; null: the test is wrong, and did not get to one.</param>
public sealed record WorkflowTestOutcome(ImmutableArray<string> Failures, WorkflowTestResult? Result)
{
    /// <summary>Whether all was as expected.</summary>
    public bool Passed => Failures.IsEmpty;
}
