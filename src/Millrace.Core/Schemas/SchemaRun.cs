using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>One validation: what was found so far, and how much may still be done.</summary>
internal sealed class SchemaRun(bool templates)
{
    private const int DeepestRecursion = 200;
    private const int MaxProblems = 200;
    private const int MaxSteps = 2_000_000;

    private int _depth;
    private long _steps = MaxSteps;

    public List<SchemaProblem> Problems { get; private set; } = [];

    /// <summary>Whether templates are given the benefit of the doubt.</summary>
    public bool Templates { get; } = templates;

    /// <summary>Whether it had to stop before it had a verdict.</summary>
    public bool Exhausted { get; private set; }

    /// <summary>How much work may still be done.</summary>
    public long Left => Math.Max(_steps, 0);

    public void Check(SchemaNode node, Value value, InstancePath at)
    {
        if ((Templates && Schema.IsTemplate(value)) || !Spend(1))
            return;
        if (_depth == DeepestRecursion)
        {
            Exhausted = true;
            return;
        }
        _depth++;
        foreach (var rule in node.Rules)
            rule.Check(this, value, at);
        _depth--;
    }

    public void Report(string keyword, InstancePath at, string message)
    {
        if (Problems.Count < MaxProblems)
            Problems.Add(new SchemaProblem(at.ToString(), keyword, message));
    }

    /// <summary>What a subschema finds, without reporting it.</summary>
    public List<SchemaProblem> Try(SchemaNode node, Value value, InstancePath at)
    {
        var reported = Problems;
        Problems = [];
        Check(node, value, at);
        var found = Problems;
        Problems = reported;
        return found;
    }

    /// <summary>Accounts for work; false once it is used up.</summary>
    public bool Spend(long steps)
    {
        if (Exhausted || (_steps -= steps) < 0)
            Exhausted = true;
        return !Exhausted;
    }
}
