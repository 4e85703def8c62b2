using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>One text of a config that is an expression or a template: what it refers to, or why it does not parse.</summary>
internal sealed record ConfigExpression(
    ImmutableArray<string> Path,
    ImmutableArray<ExpressionReference> References,
    ExpressionProblem? Problem,
    bool MayUseSecrets,
    bool IsExpression = false)
{
    /// <summary>JSON pointer inside the config.</summary>
    public string Pointer => string.Concat(Path.Select(segment => "/" + JsonPointer.Escape(segment)));
}

/// <summary>Finds the expressions and templates of a config as its type declares them.</summary>
internal sealed class ConfigExpressions(NodeTypeDescription? type)
{
    private readonly FieldPatterns _expressions = new(type?.ExpressionFields ?? []);
    private readonly FieldPatterns _verbatim = new([.. type?.VerbatimFields ?? [], .. type?.GraphFields ?? []]);
    private readonly FieldPatterns _secrets = new(type?.SecretFields ?? []);

    public IEnumerable<ConfigExpression> Find(Value config) => Find(config, []);

    private IEnumerable<ConfigExpression> Find(Value value, List<string> path)
    {
        if (value.TryGetString(out var text))
            return _verbatim.Cover(path) ? [] : FindIn(text, path);
        return value.TryGetList(out var list) ? FindIn(list, path) : value.TryGetMap(out var map) ? FindIn(map, path) : [];
    }

    private IEnumerable<ConfigExpression> FindIn(ListValue list, List<string> path)
    {
        for (var i = 0; i < list.Count; i++)
        {
            path.Add(i.ToString(CultureInfo.InvariantCulture));
            foreach (var found in Find(list[i], path))
                yield return found;
            path.RemoveAt(path.Count - 1);
        }
    }

    private IEnumerable<ConfigExpression> FindIn(MapValue map, List<string> path)
    {
        for (var i = 0; i < map.Count; i++)
        {
            path.Add(map.Entries[i].Key.AsString());
            foreach (var found in Find(map.Entries[i].Value, path))
                yield return found;
            path.RemoveAt(path.Count - 1);
        }
    }

    private IEnumerable<ConfigExpression> FindIn(string text, List<string> path)
    {
        if (_expressions.Name(path))
        {
            var expression = Expression.ParseCondition(text, out var problem);
            return [new([.. path], expression?.References ?? [], problem, MayUseSecrets: false, IsExpression: true)];
        }
        if (!text.Contains("{{", StringComparison.Ordinal))
            return [];
        var (references, failure) = ReadTemplate(text);
        return [new([.. path], references, failure, _secrets.Cover(path))];
    }

    /// <summary>Parses text as a template.</summary>
    public static (ImmutableArray<ExpressionReference> References, ExpressionProblem? Problem) ReadTemplate(Value text)
    {
        var template = Template.Parse(text, out var problems);
        return template is null
            ? ([], new ExpressionProblem(problems[0].Message, problems[0].Position))
            : ([.. template.References.Select(found => found.Reference)], null);
    }
}
