using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Fuzz.Generation;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Fuzz.Targets;

/// <summary>Documents of every dialect: read, validated, compiled, written, and read again.</summary>
internal sealed class DefinitionTarget(DocumentFormat format) : Target
{
    public static readonly NodeRegistry Types = new(NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)));

    private readonly TreeMutation _trees = new(Vocabulary.DefinitionKeys, Vocabulary.DefinitionScalars);
    private readonly ByteMutation _bytes = new(
        format == DocumentFormat.Json ? Vocabulary.JsonTokens : [.. Vocabulary.YamlTokens, .. Vocabulary.JsonTokens]);

    public override string Name => format == DocumentFormat.Json ? "json" : "yaml";

    // Every dialect can be written either way.
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. SeedCorpus.ReadWithFinds(format == DocumentFormat.Json ? "json" : "yaml"),
        .. SeedCorpus.Read(format == DocumentFormat.Json ? "yaml" : "json")
        .Select(document => Translate(document, format))
        .OfType<byte[]>(),
    ];

    public override byte[] Generate(Random random, Func<byte[]> known)
    {
        var input = known();
        if (random.Next(3) != 0 && TreeOf(input) is { } tree)
        {
            input = Write(_trees.Mutate(tree, random, () => TreeOf(known()) ?? Value.Null), format);
            if (random.Next(3) != 0)
                return input;
        }
        return _bytes.Mutate(input, random, known);
    }

    public override string Run(byte[] input)
    {
        var read = DefinitionReader.Read(input, format, Types);
        Require(!read.Malformed || (read.Definition is null && read.Problems.Length > 0), "a malformed document has no problem");
        Require(read.Definition is not null || read.Problems.Any(IsError), "a document without a definition has no error");
        var problems = new List<Problem>(read.Problems);
        CompiledGraph? graph = null;
        if (read.Definition is { } definition)
        {
            var valid = DefinitionValidator.Validate(definition, read.Document, Types);
            problems.AddRange(read.Locate(valid));
            DefinitionCycles.Find(definition);
            DefinitionValidator.Validate(definition, null, Types);
            if (!problems.Exists(IsError))
            {
                var found = new List<Problem>();
                graph = GraphCompiler.Compile(definition, Types, found);
                Require(graph is not null || found.Exists(IsError), "a document that does not compile has no error");
                problems.AddRange(read.Locate(found));
            }
            CheckWriting(definition, problems.Exists(IsError));
        }
        CheckProblems(problems, read, input);
        if (!read.Malformed)
            CheckDocument(read.Document);
        return $"{(graph is null ? "" : "runs ")}{read.Definition?.Dialect} {string.Join(' ', problems.Select(problem => problem.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))}";
    }

    private static void CheckProblems(List<Problem> problems, ReadResult read, byte[] input)
    {
        // YAML's reader takes some characters of Unicode for line ends as well.
        var lines = 2 + Encoding.UTF8.GetString(input).Count(c => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029');
        foreach (var problem in problems)
        {
            Require(problem.Code.Length > 0 && problem.Message.Length > 0, "a problem says nothing");
            Require(problem.Message.Length < 20_000, $"the message of {problem.Code} is {problem.Message.Length} characters long");
            Require(problem.Line is null || (problem.Line > 0 && problem.Line <= lines), $"{problem.Code} is in line {problem.Line}");
            Require(problem.Column is null or > 0, $"{problem.Code} is in column {problem.Column}");
            Require(
                read.Malformed || Exists(read.Document, problem.Pointer),
                $"{problem.Code} is at {problem.Pointer}, which is not in the document");
        }
    }

    private static void CheckWriting(WorkflowDefinition definition, bool hasErrors)
    {
        var json = DefinitionWriter.ToJson(definition);
        var again = DefinitionReader.ReadAndValidate(json, DocumentFormat.Json, Types);
        if (hasErrors)
            return;
        Require(!again.Problems.Any(IsError), $"the canonical form has errors: {string.Join("; ", again.Problems)}");
        Require(json.AsSpan().SequenceEqual(DefinitionWriter.ToJson(again.Definition!)), "the canonical form does not read back the same");
        var yaml = DefinitionReader.Read(DefinitionWriter.ToYaml(definition), DocumentFormat.Yaml, Types);
        Require(
            yaml.Definition is not null && json.AsSpan().SequenceEqual(DefinitionWriter.ToJson(yaml.Definition)),
            "the canonical form as YAML does not read back the same");
    }

    private static void CheckDocument(Value document)
    {
        var yaml = DefinitionReader.Read(DefinitionWriter.ToYaml(document), DocumentFormat.Yaml, Types);
        Require(Same(yaml.Document, document), $"the document written as YAML is another one: {string.Join("; ", yaml.Problems)}");
        Require(Same(ValueJson.Parse(document.ToUtf8()), document), "the document written as JSON is another one");
    }

    // Text tells int from double, which equality does not.
    private static bool Same(Value left, Value right) => left.ToUtf8().AsSpan().SequenceEqual(right.ToUtf8());

    private static bool IsError(Problem problem) => problem.Severity == Severity.Error;

    private Value? TreeOf(byte[] input) => TreeOf(input, format);

    private static Value? TreeOf(byte[] input, DocumentFormat format) =>
        DefinitionReader.Read(input, format, Types) is { Malformed: false } read ? read.Document : (Value?)null;

    private static byte[]? Translate(byte[] input, DocumentFormat to)
    {
        var from = to == DocumentFormat.Json ? DocumentFormat.Yaml : DocumentFormat.Json;
        return TreeOf(input, from) is { } tree ? Write(tree, to) : null;
    }

    private static byte[] Write(Value tree, DocumentFormat format) =>
        format == DocumentFormat.Json ? tree.ToUtf8() : DefinitionWriter.ToYaml(tree);

    private static bool Exists(Value document, string pointer)
    {
        foreach (var segment in pointer.Length == 0 ? [] : pointer[1..].Split('/'))
        {
            var key = segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (document.TryGetList(out var list))
            {
                if (!int.TryParse(key, out var index) || index >= list.Count)
                    return false;
                document = list[index];
            }
            else if (!document.TryGetMap(out var map) || !map.TryGet(key, out document))
                return false;
        }
        return true;
    }
}
