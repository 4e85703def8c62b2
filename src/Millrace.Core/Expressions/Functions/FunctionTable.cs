using System.Collections.Frozen;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>Every function and method an expression can call. A signature such as "string.charAt(int)" is its declaration.</summary>
internal sealed class FunctionTable
{
    private static readonly FrozenDictionary<string, string> ForeignNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["length"] = "size(x)", ["len"] = "size(x)", ["count"] = "size(x)", ["includes"] = "text.contains(part) or 'item in list'",
        ["toLowerCase"] = "text.lowerAscii()", ["toLower"] = "text.lowerAscii()", ["lower"] = "text.lowerAscii()",
        ["toUpperCase"] = "text.upperAscii()", ["toUpper"] = "text.upperAscii()", ["upper"] = "text.upperAscii()",
        ["toString"] = "string(x)", ["str"] = "string(x)", ["parseInt"] = "int(x)", ["parseFloat"] = "double(x)", ["float"] = "double(x)",
        ["some"] = "list.exists(x, test)", ["any"] = "list.exists(x, test)", ["every"] = "list.all(x, test)",
        ["keys"] = "maps.keys(map)", ["values"] = "maps.values(map)", ["sum"] = "math.sum(list)", ["max"] = "math.greatest(list)", ["min"] = "math.least(list)",
        ["concat"] = "a + b", ["substr"] = "text.substring(start, end)", ["strip"] = "text.trim()", ["test"] = "text.matches(pattern)",
        ["not"] = "!x", ["number"] = "double(x)",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Dictionary<string, Function> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Function> _methods = new(StringComparer.Ordinal);

    private FunctionTable()
    {
        Conversions.Register(this);
        TextFunctions.Register(this);
        MathFunctions.Register(this);
        BitFunctions.Register(this);
        ListFunctions.Register(this);
        TimeFunctions.Register(this);
        OptionalFunctions.Register(this);
        DataFunctions.Register(this);
    }

    /// <summary>The table of all functions.</summary>
    public static FunctionTable All { get; } = new();

    /// <summary>The names of all functions, with their namespaces, and of all methods.</summary>
    public IEnumerable<string> Names => _functions.Keys.Concat(_methods.Keys);

    /// <summary>A free function, with its namespace if it has one.</summary>
    public Function? FindFunction(string name) => _functions.GetValueOrDefault(name);

    /// <summary>Finds a function that is called as a method; null if there is none.</summary>
    public Function? FindMethod(string name) => _methods.GetValueOrDefault(name);

    /// <summary>Whether functions are kept under a name, as in math.abs.</summary>
    public bool IsNamespace(string name) => _functions.Keys.Any(key => key.StartsWith(name + ".", StringComparison.Ordinal));

    /// <summary>What to tell somebody who called a function that is not there.</summary>
    public string DescribeUnknown(string name, bool method)
    {
        var own = method ? _methods : _functions;
        var other = method ? _functions : _methods;
        var hint = other.ContainsKey(name) ? (method ? $"; write {name}(x)" : $"; write x.{name}(...)")
            : ForeignNames.TryGetValue(name, out var native) ? $"; in CEL this is {native}"
            : ClosestName.Hint(name, own.Keys);
        return $"unknown {(method ? "method" : "function")} '{name}'{hint}";
    }

    /// <summary>Declares a free function: "name(kind, kind)" or "namespace.name(kind...)".</summary>
    public FunctionTable Function(string signature, Implementation implementation)
    {
        var open = signature.IndexOf('(', StringComparison.Ordinal);
        return Add(_functions, signature[..open], signature, signature[(open + 1)..^1], implementation);
    }

    /// <summary>Declares a method: "kind.name(kind, kind)"; the target is the first argument.</summary>
    public FunctionTable Method(string signature, Implementation implementation)
    {
        var dot = signature.IndexOf('.', StringComparison.Ordinal);
        var open = signature.IndexOf('(', StringComparison.Ordinal);
        var parameters = signature[(open + 1)..^1];
        return Add(
            _methods,
            signature[(dot + 1)..open],
            signature,
            signature[..dot] + (parameters.Length > 0 ? ", " + parameters : ""),
            implementation);
    }

    private FunctionTable Add(
        Dictionary<string, Function> table, string name, string signature, string parameters, Implementation implementation)
    {
        var variadic = parameters.EndsWith("...", StringComparison.Ordinal);
        var kinds = parameters.TrimEnd('.').Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(Kind).ToArray();
        if (!table.TryGetValue(name, out var function))
            table.Add(name, function = new Function(name));
        function.Add(new Overload(signature, kinds, variadic, implementation));
        return this;
    }

    private static ValueKind? Kind(string name) => name switch
    {
        "any" => null,
        "null" => ValueKind.Null,
        "bool" => ValueKind.Bool,
        "int" => ValueKind.Int,
        "uint" => ValueKind.UInt,
        "double" => ValueKind.Double,
        "string" => ValueKind.String,
        "bytes" => ValueKind.Bytes,
        "list" => ValueKind.List,
        "map" => ValueKind.Map,
        "timestamp" => ValueKind.Timestamp,
        "duration" => ValueKind.Duration,
        "type" => ValueKind.Type,
        "optional" => ValueKind.Optional,
        _ => throw new ArgumentException($"'{name}' is not a type.", nameof(name)),
    };
}
