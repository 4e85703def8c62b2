using System.Collections.Frozen;

namespace Millrace.Core.Definitions.Validation;

/// <summary>What people call a kind of node elsewhere, and its type here. A name that is only spelt alike is not meant.</summary>
internal static class TypesByMeaning
{
    // The names in small letters; separators do not count.
    private static readonly FrozenDictionary<string, string[]> Known = new (string[] Types, string Names)[]
    {
        (["forEach", "while"], "loop"),
        (["forEach"], "for for-each-loop iterate iterator each batch split-in-batches parallel map"),
        (["while"], "until do-while"),
        (["conditional", "switch"], "branch gateway"),
        (["switch"], "choice case router route"),
        (["delay"], "sleep pause timer"),
        (["code"], "script function python javascript lambda"),
        (["http"], "request api api-call rest fetch curl http-call"),
        (["llm"], "chat completion prompt model ai"),
        (["approval"], "human human-task user-task"),
        (["manualInput"], "form"),
        (["aggregate"], "reduce sum group-by"),
        (["setVariable"], "assign variable"),
        (["addField"], "set-field edit edit-fields"),
        (["fail"], "throw error raise"),
        (["stop"], "terminate exit"),
        (["output"], "return result"),
        (["log"], "print debug"),
        (["subworkflow"], "child workflow call-activity"),
        (["emit"], "publish send"),
        (["storage"], "s3 file"),
        (["waitForEvent"], "await receive"),
        (["webhook"], "hook"),
        (["noop"], "pass nothing placeholder"),
    }.SelectMany(row => row.Names.Split(' '), (row, name) => (name, row.Types)).ToFrozenDictionary(
        pair => Plain(pair.name), pair => pair.Types, StringComparer.Ordinal);

    /// <summary>The types meant by a name, as far as they are there: "forEach or while"; null where the name means nothing.</summary>
    public static string? Find(string name, IEnumerable<string> types)
    {
        var meant = Known.GetValueOrDefault(Plain(name), []);
        string[] there = [.. meant.Where(type => types.Contains(type, StringComparer.Ordinal))];
        return there.Length == 0 ? null : string.Join(" or ", there);
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
