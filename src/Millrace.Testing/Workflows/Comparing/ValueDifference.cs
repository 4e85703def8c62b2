using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Comparing;

/// <summary>Where two values differ, one line for each place.</summary>
internal static class ValueDifference
{
    private const int Most = 20;
    private const int MaxShownLength = 200;

    /// <summary>The differences; none where the values are the same.</summary>
    /// <param name="expected">The expected value.</param>
    /// <param name="actual">The value to compare with it.</param>
    /// <param name="at">JSON pointer of both, to begin the lines with.</param>
    /// <param name="mayHaveMore">Whether objects may have fields beside those that are expected.</param>
    public static IReadOnlyList<string> Find(Value expected, Value actual, string at, bool mayHaveMore = false)
    {
        var found = new List<string>();
        Find(expected, actual, at, mayHaveMore, found);
        return found.Count <= Most ? found : [.. found.Take(Most), $"... and {found.Count - Most} more"];
    }

    /// <summary>A value as it is shown: JSON, cut where it is long.</summary>
    public static string Show(Value value)
    {
        var json = value.ToJson();
        return json.Length <= MaxShownLength ? json : $"{json[..MaxShownLength]}... ({json.Length} characters)";
    }

    private static void Find(Value expected, Value actual, string at, bool mayHaveMore, List<string> found)
    {
        if (expected.TryGetMap(out var expectedMap) && actual.TryGetMap(out var actualMap))
            FindInMaps(expectedMap, actualMap, at, mayHaveMore, found);
        else if (expected.TryGetList(out var expectedList) && actual.TryGetList(out var actualList))
            FindInLists(expectedList, actualList, at, mayHaveMore, found);
        else if (!expected.Equals(actual))
            found.Add($"{at}: expected {Show(expected)}, but it is {Show(actual)}");
    }

    private static void FindInMaps(MapValue expected, MapValue actual, string at, bool mayHaveMore, List<string> found)
    {
        foreach (var entry in expected.Entries)
        {
            var key = entry.Key.AsString();
            if (actual.TryGet(key, out var value))
                Find(entry.Value, value, At(at, key), mayHaveMore, found);
            else
                found.Add($"{At(at, key)}: expected {Show(entry.Value)}, but it is not there{ClosestName.Hint(key, Keys(actual))}");
        }
        if (mayHaveMore)
            return;
        foreach (var entry in actual.Entries)
        {
            if (!expected.TryGet(entry.Key, out _))
                found.Add($"{At(at, entry.Key.AsString())}: not expected, but it is {Show(entry.Value)}");
        }
    }

    private static void FindInLists(ListValue expected, ListValue actual, string at, bool mayHaveMore, List<string> found)
    {
        if (expected.Count != actual.Count)
            found.Add($"{at}: expected {expected.Count} items, but there are {actual.Count}");
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            if (i >= actual.Count)
                found.Add($"{at}/{i}: expected {Show(expected[i])}, but it is not there");
            else if (i >= expected.Count)
                found.Add($"{at}/{i}: not expected, but it is {Show(actual[i])}");
            else
                Find(expected[i], actual[i], $"{at}/{i}", mayHaveMore, found);
        }
    }

    private static string At(string at, string key) => $"{at}/{JsonPointer.Escape(key)}";

    private static IEnumerable<string> Keys(MapValue map) => map.Entries.ToArray().Select(entry => entry.Key.AsString());
}
