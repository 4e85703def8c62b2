using System.Text;
using Millrace.Core.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Millrace.Core.Definitions.Documents;

/// <summary>
/// Reads one YAML 1.2 document of JSON-like values. Aliases are allowed within bounds; tags beyond the core schema are not.
/// </summary>
internal sealed class YamlDocumentReader
{
    private readonly IParser _parser;
    private readonly Dictionary<AnchorName, Anchored> _anchors = [];
    private readonly HashSet<AnchorName> _open = [];
    // There may be more of them, so reading goes on.
    private readonly List<Problem> _repeated = [];
    private int _aliased;
    private int _values;

    private YamlDocumentReader(IParser parser) => _parser = parser;

    public static ParsedDocument Read(ReadOnlySpan<byte> document)
    {
        var text = Encoding.UTF8.GetString(document);
        var reader = new YamlDocumentReader(new YamlEvents(new Parser(new StringReader(text))));
        try
        {
            return reader.ReadDocument();
        }
        catch (UnreadableDocumentException e)
        {
            return ParsedDocument.Failed([.. reader._repeated, e.Problem]);
        }
        catch (YamlException e)
        {
            var (reason, line, column) = YamlFailures.Explain(e, text);
            var problem = new Problem("", "malformed_yaml", $"This is not YAML: {reason}.", Line: line, Column: column);
            return ParsedDocument.Failed([.. reader._repeated, problem]);
        }
    }

    private ParsedDocument ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out var end))
            throw Refuse(end.Start, "malformed_yaml", "The document is empty.");
        _parser.Consume<DocumentStart>();
        var node = ReadNode(1, 0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _))
            throw Refuse(_parser.Current!.Start, "multiple_documents", "The text has several YAML documents; keep one workflow in each.");
        return new ParsedDocument(node.Value, new SourceMap(node.Value, node.Place), [.. _repeated]);
    }

    private Anchored ReadNode(int depth, int path)
    {
        var current = _parser.Consume<ParsingEvent>();
        if (++_values > DefinitionLimits.DocumentValues)
            throw Refuse(
                current.Start,
                "document_too_large",
                $"The document has more than {DefinitionLimits.DocumentValues} values. Split it into subworkflows.");
        if (depth > DefinitionLimits.Depth)
            throw Refuse(current.Start, "document_too_deep", $"Mappings and lists are nested deeper than {DefinitionLimits.Depth}.");
        if (current is AnchorAlias alias)
            return ReadAlias(alias, depth, path);
        if (current is not NodeEvent node)
            throw Refuse(current.Start, "malformed_yaml", "A value is expected here.");
        if (!node.Anchor.IsEmpty)
            _open.Add(node.Anchor);
        var read = node switch
        {
            Scalar scalar => new Anchored(YamlScalars.Resolve(scalar), PlaceOf(scalar, []), 1, 0, 0),
            SequenceStart start => ReadSequence(start, depth, path),
            MappingStart start => ReadMapping(start, depth, path),
            _ => throw Refuse(current.Start, "malformed_yaml", "A value is expected here."),
        };
        if (!node.Anchor.IsEmpty)
        {
            _open.Remove(node.Anchor);
            _anchors[node.Anchor] = read;
        }
        return read;
    }

    private Anchored ReadAlias(AnchorAlias alias, int depth, int path)
    {
        if (_open.Contains(alias.Value))
            throw Refuse(alias.Start, "cyclic_alias", $"The alias '*{alias.Value}' is inside its own anchor.");
        if (!_anchors.TryGetValue(alias.Value, out var target))
            throw Refuse(alias.Start, "unknown_alias", $"There is no anchor '&{alias.Value}' before this alias.");
        _aliased += target.Size;
        if (_aliased > DefinitionLimits.AliasedValues)
            throw Refuse(alias.Start, "too_many_aliases", $"The aliases repeat more than {DefinitionLimits.AliasedValues} values.");
        CheckPath(alias, path + target.Reach);
        return depth + target.Height <= DefinitionLimits.Depth
            ? target
            : throw Refuse(alias.Start, "document_too_deep", $"Mappings and lists are nested deeper than {DefinitionLimits.Depth}.");
    }

    private Anchored ReadSequence(SequenceStart start, int depth, int path)
    {
        YamlScalars.CheckTag(start, "seq");
        var children = new List<Anchored>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            children.Add(ReadNode(depth + 1, path));
        return Combine(ListValue.Own([.. children.Select(child => child.Value)]), start, children);
    }

    private Anchored ReadMapping(MappingStart start, int depth, int path)
    {
        YamlScalars.CheckTag(start, "map");
        var builder = new MapBuilder();
        var children = new List<Anchored>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadKey();
            var isNew = !builder.Contains(key.Value);
            if (!isNew && _repeated.Count < ProblemList.Limit)
                _repeated.Add(Refuse(key.Start, "duplicate_key", $"The key '{key.Value}' is repeated; keep one.").Problem);
            CheckPath(key, path + key.Value.Length);
            var child = ReadNode(depth + 1, path + key.Value.Length);
            if (!isNew)
                continue;
            builder.Set(key.Value, child.Value);
            children.Add(
                child with
                {
                    Reach = child.Reach + key.Value.Length,
                    Place = child.Place with { Line = Line(key.Start), Column = Column(key.Start) },
                });
        }
        return Combine(builder.Build(), start, children);
    }

    // Keys are text as written: `true:` names a port, `404:` a case.
    private Scalar ReadKey()
    {
        var current = _parser.Consume<ParsingEvent>();
        if (current is not Scalar key)
            throw Refuse(current.Start, "invalid_key", "A key must be plain text.");
        if (!key.Anchor.IsEmpty)
            throw Refuse(current.Start, "invalid_key", "A key cannot have an anchor.");
        if (key is { Value: "<<", Style: ScalarStyle.Plain })
            throw Refuse(
                current.Start,
                "merge_key",
                "Merge keys ('<<') are not part of YAML 1.2; write the entries out, or use an alias for the whole value.");
        if (key.Value.Length > DefinitionLimits.KeyLength)
            throw Refuse(current.Start, "key_too_long", $"A key is longer than {DefinitionLimits.KeyLength} characters.");
        YamlScalars.CheckText(key);
        return key;
    }

    private static Anchored Combine(HeapValue value, NodeEvent start, List<Anchored> children) => new(
        value,
        PlaceOf(start, [.. children.Select(child => child.Place)]),
        1 + children.Sum(child => child.Size),
        children.Count == 0 ? 0 : 1 + children.Max(child => child.Height),
        children.Count == 0 ? 0 : children.Max(child => child.Reach));

    private static void CheckPath(ParsingEvent at, int path)
    {
        if (path > DefinitionLimits.PathLength)
            throw Refuse(
                at.Start,
                "key_too_long",
                $"The keys on the path to this value have more than {DefinitionLimits.PathLength} characters together.");
    }

    private static Place PlaceOf(NodeEvent node, Place[] children) => new(Line(node.Start), Column(node.Start), children);

    private static int Line(Mark mark) => (int)mark.Line;

    private static int Column(Mark mark) => (int)mark.Column;

    internal static UnreadableDocumentException Refuse(Mark at, string code, string message) => new(code, message, Line(at), Column(at));

    // Size: values in all, repeated ones counted as often as they appear. Height: levels below this one. Reach: characters of the longest
    // way of keys below this one.
    private sealed record Anchored(Value Value, Place Place, int Size, int Height, int Reach);
}
