using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Values;

namespace Millrace.Nodes.Http;

/// <summary>Ranges of status codes.</summary>
internal sealed class SuccessCodes
{
    /// <summary>What counts where nothing is said.</summary>
    public const string Usual = "200-299";

    private static readonly SuccessCodes UsualCodes = new([(200, 299)]);

    private readonly ImmutableArray<(int From, int To)> _ranges;

    private SuccessCodes(ImmutableArray<(int From, int To)> ranges) => _ranges = ranges;

    /// <summary>Reads a code, a range "200-299", or a list of these; null where something else is among them.</summary>
    public static SuccessCodes? TryParse(Value value)
    {
        if (value.Equals(Usual))
            return UsualCodes;
        var items = value.TryGetList(out var list) ? list : ListValue.Own([value]);
        var ranges = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (var item in items)
        {
            if (ParseRange(item) is not { } range)
                return null;
            ranges.Add(range);
        }
        return ranges.Count == 0 ? null : new(ranges.ToImmutable());
    }

    /// <summary>Why <see cref="TryParse"/> gives nothing, as a sentence.</summary>
    public static string Problem(Value codes) =>
        $"'successCodes' is {codes.ToJson()}; it must be a code, a range such as \"200-299\", or a list of them.";

    /// <summary>Whether a code is among them.</summary>
    public bool Contain(int status)
    {
        foreach (var (from, to) in _ranges)
        {
            if (status >= from && status <= to)
                return true;
        }
        return false;
    }

    private static (int From, int To)? ParseRange(Value value)
    {
        var text = value.TryGetInt(out var code)
            ? code.ToString(CultureInfo.InvariantCulture)
            : value.TryGetString(out var written)
            ? written
            : "";
        var parts = text.Split('-', StringSplitOptions.TrimEntries);
        return parts.Length <= 2 && TryCode(parts[0], out var from) && TryCode(parts[^1], out var to) && from <= to ? (from, to) : null;
    }

    private static bool TryCode(string text, out int code) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 100 and <= 599;
}
