using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>Turns a schema document into nodes and rules, and collects what is not in the subset.</summary>
internal sealed class SchemaCompiler(Value document)
{
    private const int DeepestSchema = 64;
    private const int MaxSchemas = 20_000;
    private const int MaxPointerLength = 4_000;
    private const int MaxProblems = 100;

    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
        "contentMediaType", "contentEncoding",
    };

    private readonly Dictionary<string, SchemaNode> _byPointer = new(StringComparer.Ordinal);
    private readonly Queue<(SchemaNode Node, Value Schema, string Pointer)> _referred = [];
    private int _depth;

    public List<SchemaProblem> Problems { get; } = [];

    public SchemaNode Compile()
    {
        var root = CompileAt(document, "");
        while (_referred.TryDequeue(out var next))
            Fill(next.Node, next.Schema, next.Pointer);
        return root;
    }

    public void Report(string pointer, string keyword, string message)
    {
        if (Problems.Count < MaxProblems)
            Problems.Add(new SchemaProblem(pointer, keyword, message));
    }

    /// <summary>The node of the schema at a pointer; one node per pointer, so that recursive schemas close.</summary>
    public SchemaNode CompileAt(Value schema, string pointer)
    {
        if (_byPointer.TryGetValue(pointer, out var known))
            return known;
        var node = new SchemaNode();
        _byPointer.Add(pointer, node);
        if (_depth == DeepestSchema || _byPointer.Count > MaxSchemas || pointer.Length > MaxPointerLength)
        {
            Report(pointer, "", "The schema is nested too deeply or has too many parts.");
            return node;
        }
        _depth++;
        Fill(node, schema, pointer);
        _depth--;
        return node;
    }

    private void Fill(SchemaNode node, Value schema, string pointer)
    {
        if (schema.TryGetBool(out var anything))
        {
            if (!anything)
                node.Rules.Add(new ValueRule("false", _ => "Nothing is allowed here."));
            return;
        }
        if (!schema.TryGetMap(out var map))
        {
            Report(pointer, "", "A schema must be an object, true or false.");
            return;
        }
        foreach (var entry in map.Entries)
        {
            var keyword = new Keyword(this, node, map, entry.Key.AsString(), entry.Value, pointer);
            if (!Annotations.Contains(keyword.Name) && !keyword.Name.StartsWith("x-", StringComparison.Ordinal))
                Fill(keyword);
        }
        // Definitions are compiled even where nothing refers to them, so that mistakes in them are found.
        foreach (var container in (ReadOnlySpan<string>)["$defs", "definitions"])
        {
            if (!map.TryGet(container, out var definitions))
                continue;
            if (definitions.TryGetMap(out var entries))
                CompileEach(entries, $"{pointer}/{container}");
            else
                Report($"{pointer}/{container}", container, $"'{container}' must be an object of schemas.");
        }
    }

    private void CompileEach(MapValue schemas, string pointer)
    {
        foreach (var entry in schemas.Entries)
            CompileAt(entry.Value, Keyword.Join(pointer, entry.Key.AsString()));
    }

    private static void Fill(Keyword keyword)
    {
        if (!ApplicatorKeywords.TryAdd(keyword) && !AssertionKeywords.TryAdd(keyword))
            keyword.Refuse($"The keyword '{keyword.Name}' is not supported; it would not be checked.");
    }

    /// <summary>The schema a local reference names; null where there is none.</summary>
    public SchemaNode? Resolve(string reference)
    {
        if (reference is not ['#', ..] || (reference.Length > 1 && reference[1] != '/'))
            return null;
        var pointer = Uri.UnescapeDataString(reference[1..]);
        if (_byPointer.TryGetValue(pointer, out var known))
            return known;
        if (Definitions.Documents.JsonPointer.Find(document, pointer) is not { } target)
            return null;
        // Filled later: a chain of references is not nesting.
        var node = new SchemaNode();
        _byPointer.Add(pointer, node);
        _referred.Enqueue((node, target, pointer));
        return node;
    }
}

/// <summary>One keyword while its schema is being compiled.</summary>
internal readonly record struct Keyword(SchemaCompiler Compiler, SchemaNode Node, MapValue Schema, string Name, Value Value, string Parent)
{
    public string Pointer => Join(Parent, Name);

    public void Add(Func<Value, string?> check) => Node.Rules.Add(new ValueRule(Name, check));

    public void Refuse(string message) => Compiler.Report(Pointer, Name, message);

    public static string Join(string pointer, string key) =>
        $"{pointer}/{JsonPointer.Escape(key)}";
}
