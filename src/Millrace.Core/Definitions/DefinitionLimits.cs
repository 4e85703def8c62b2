namespace Millrace.Core.Definitions;

/// <summary>How large a definition may be. What is beyond is refused with a located problem, never cut.</summary>
public static class DefinitionLimits
{
    /// <summary>Bytes of a document.</summary>
    public const int DocumentBytes = 4 * 1024 * 1024;

    /// <summary>Values of a document: texts, numbers, objects, lists and so on, all together.</summary>
    public const int DocumentValues = 1_000_000;

    /// <summary>Nested objects and lists of a document.</summary>
    public const int Depth = 100;

    /// <summary>Characters of a key.</summary>
    public const int KeyLength = 1_000;

    /// <summary>
    /// Characters of all the keys that lead to one value; without a bound, pointers into a hostile document would be larger than the
    /// document.
    /// </summary>
    public const int PathLength = 4_000;

    /// <summary>Values that the aliases of a YAML document may repeat, all together.</summary>
    public const int AliasedValues = 100_000;

    /// <summary>Nodes of a workflow.</summary>
    public const int Nodes = 10_000;

    /// <summary>Edges of a workflow.</summary>
    public const int Edges = 50_000;

    /// <summary>Triggers of a workflow.</summary>
    public const int Triggers = 100;

    /// <summary>Tags of a workflow.</summary>
    public const int Tags = 100;

    /// <summary>Variables of a workflow.</summary>
    public const int Variables = 1_000;

    /// <summary>Gate conditions of one node.</summary>
    public const int Conditions = 100;

    /// <summary>Characters of a node's id, and of a type or port.</summary>
    public const int NodeIdLength = 128;

    /// <summary>Characters of a name or tag.</summary>
    public const int NameLength = 200;

    /// <summary>Characters of a description or note.</summary>
    public const int DescriptionLength = 20_000;

    /// <summary>Attempts of a retry policy.</summary>
    public const int Attempts = 1_000;

    /// <summary>The largest priority either way.</summary>
    public const int Priority = 1_000;

    /// <summary>The largest limit of concurrency and of starts.</summary>
    public const int StartLimit = 1_000_000;

    /// <summary>US dollars of a budget.</summary>
    public const int BudgetMoney = 1_000_000;

    /// <summary>Tokens or calls of a budget.</summary>
    public const long BudgetCount = 1_000_000_000_000;

    /// <summary>Characters of a limit's rendered key.</summary>
    public const int LimitKeyLength = 256;

    /// <summary>Graphs larger than this are not searched for references to nodes that cannot have run.</summary>
    public const int OrderChecks = 2_000;
}
