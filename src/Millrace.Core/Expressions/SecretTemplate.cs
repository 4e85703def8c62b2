using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>
/// A template tree in which secrets may stand. Evaluating <see cref="Template"/> gives everything but the secrets: where a text has some,
/// there is {"secret": NAME}, or a list of such and of the text between. That is what is journaled. <see cref="TryFill"/> then puts the
/// texts together; which parts of a tree are secrets is known from the source alone, so that no data can ask for one.
/// </summary>
public sealed class SecretTemplate
{
    private const string Root = "secrets";

    private readonly ImmutableArray<Place> _places;

    private SecretTemplate(Template template, ImmutableArray<Place> places)
    {
        Template = template;
        _places = places;
    }

    /// <summary>The template to evaluate.</summary>
    public Template Template { get; }

    /// <summary>Whether there are secrets to fill in.</summary>
    public bool HasSecrets => !_places.IsEmpty;

    /// <summary>The names of the secrets to fill in.</summary>
    public IEnumerable<string> Names => _places.SelectMany(place => place.Segments).Select(part => part.Secret).OfType<string>();

    /// <summary>Whether a secret stands at a place of the tree, given by its keys and indexes.</summary>
    public bool HasSecretAt(params ReadOnlySpan<string> path)
    {
        foreach (var place in _places)
        {
            if (path.SequenceEqual(place.Path))
                return true;
        }
        return false;
    }

    /// <summary>Parses a tree. Gives null and all problems where there are any.</summary>
    public static SecretTemplate? Parse(Value tree, out ImmutableArray<TemplateProblem> problems)
    {
        if (Template.Parse(tree, out problems) is not { } template)
            return null;
        var pointers = template.References
            .Where(found => found.Reference.Root is Root)
            .Select(found => found.Pointer)
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        if (pointers.Length == 0)
            return new(template, []);
        var places = ImmutableArray.CreateBuilder<Place>();
        var found = new List<TemplateProblem>();
        foreach (var pointer in pointers)
        {
            var segments = SecretText.Split(JsonPointer.Follow(tree, pointer).AsString(), Root, out var problem);
            if (problem is not null)
                found.Add(new(pointer, problem.Message, problem.Position));
            var place = new Place([.. JsonPointer.Segments(pointer)], segments);
            places.Add(place);
            tree = Replace(tree, place.Path, place.Placeholder());
        }
        problems = [.. found];
        return found.Count > 0 ? null : new(Template.Parse(tree, out _)!, places.ToImmutable());
    }

    /// <summary>Puts secrets into what <see cref="Template"/> came to; false with the name of the first that there is none of.</summary>
    public bool TryFill(Value evaluated, Func<string, string?> find, out Value filled, out string? missing)
    {
        filled = evaluated;
        missing = null;
        foreach (var place in _places)
        {
            if (place.Fill(Find(evaluated, place.Path), find, out missing) is not { } text)
                return false;
            filled = Replace(filled, place.Path, text);
        }
        return true;
    }

    private static Value Find(Value tree, ReadOnlySpan<string> path)
    {
        foreach (var segment in path)
            tree = tree.TryGetList(out var list) ? list[int.Parse(segment)] : tree[segment];
        return tree;
    }

    private static Value Replace(Value tree, ReadOnlySpan<string> path, Value value)
    {
        if (path.IsEmpty)
            return value;
        if (!tree.TryGetList(out var list))
            return tree.AsMap().With(path[0], Replace(tree[path[0]], path[1..], value));
        var items = list.Span.ToArray();
        var index = int.Parse(path[0]);
        items[index] = Replace(items[index], path[1..], value);
        return ListValue.Own(items);
    }

    /// <summary>A text with secrets in it.</summary>
    private sealed record Place(string[] Path, ImmutableArray<SecretText> Segments)
    {
        public Value Placeholder() => Segments is [{ Secret: not null } only] ? Shown(only) : ListValue.Create(Segments.Select(Shown));

        public string? Fill(Value evaluated, Func<string, string?> find, out string? missing)
        {
            missing = null;
            var parts = new string[Segments.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                var text = Segments[i].Secret is { } name ? find(name) : TextOf(evaluated.AsList()[i]);
                if (text is null)
                {
                    missing = Segments[i].Secret;
                    return null;
                }
                parts[i] = text;
            }
            return string.Concat(parts);
        }

        private static Value Shown(SecretText segment) => segment.Secret is { } name ? MapValue.Of("secret", name) : segment.Text!;

        // As text with expressions in it does.
        private static string TextOf(Value value) => value.IsNull ? "" : Operations.Texts.TryConvert(value) ?? value.ToJson();
    }
}
