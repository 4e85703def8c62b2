using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Interpretation;

// One node: its attempts, and how it ends. Everything gives back whether it ended.
internal sealed partial class Interpreter
{
    private bool Attempt(Frame frame, Member member, Pass pass, Arrived arrived)
    {
        var node = pass.Node;
        for (pass.Attempts = 1; ; pass.Attempts++)
        {
            var outcome = node.IsEffect ? Effect(frame, member, pass) : Evaluate(frame, member, pass, arrived);
            if (outcome.ErrorType is null)
                return Complete(frame, member, pass, outcome);
            if (outcome.IsFinal || pass.Attempts >= node.Attempts || !(outcome.IsRetryable || node.RetriesEverything))
                return Fail(frame, member, pass, outcome.ErrorType, endsAll: node.Type == "fail");
        }
    }

    private Outcome Effect(Frame frame, Member member, Pass pass)
    {
        var rendered = pass.Node.Expression is { } source ? ScopeOf(frame, member, pass).Evaluate(source) : default;
        if (rendered.IsError)
            return new Outcome { ErrorType = "expression", IsFinal = true };
        (pass.Config, pass.IsConfigOpen) = (rendered.Value, rendered.IsOpen);
        var scripted = _script.OutcomeOf(pass.Node.Id, pass.Iteration, pass.Attempts);
        return scripted.Error is { } error
            ? new Outcome { ErrorType = error.Type, IsRetryable = error.Retryable, IsFinal = error.Type == "inDoubt" }
            : new Outcome { Output = scripted.Output };
    }

    private Outcome Evaluate(Frame frame, Member member, Pass pass, Arrived arrived)
    {
        var node = pass.Node;
        var passedOn = new Outcome { Output = pass.Data, IsOpen = pass.IsDataOpen };
        switch (node.Type)
        {
            case "log" or "delay" or "stop":
                return passedOn;
            case "start":
                return new Outcome { Output = _input };
            case "fail":
                return new Outcome { ErrorType = "fail", IsFinal = true };
            case "output" when node.Expression is null:
                return passedOn;
            case "transform" or "output":
                return Outcome.Of(ScopeOf(frame, member, pass).Evaluate(node.Expression!));
            case "setVariable":
                return SetVariable(passedOn, pass, ScopeOf(frame, member, pass));
            case "if":
                var holds = ScopeOf(frame, member, pass).Evaluate(node.Expression!).Holds;
                return holds is null ? Outcome.Expression : passedOn with { Port = holds.Value ? "true" : "false" };
            case "switch":
                return Switch(passedOn, node, ScopeOf(frame, member, pass));
            case "join":
                return new Outcome { Output = AsMap(OutputsTo(frame, member, pass, arrived)), IsOpen = pass.IsDataOpen };
            case "waitForEvent" when node.SignalComes:
                return new Outcome { Output = node.Given };
            case "approval" or "manualInput":
                return new Outcome { Output = node.Given, Port = node.Decision };
            case "callback":
                // The head of a call is whatever its caller sends.
                return new Outcome { Output = node.Given, IsOpen = true };
            case "waitForEvent":
                return frame.Region.Edges.Exists(edge => edge.Source == node.Id && edge.Port == PlanEdge.Timeout)
                    ? passedOn with { Port = PlanEdge.Timeout, IsExclusive = true }
                    : new Outcome { ErrorType = "timeout" };
            default:
                throw new InvalidOperationException($"No plan has a node of type '{node.Type}'.");
        }
    }

    private static List<(string Source, Value Output)> OutputsTo(Frame frame, Member member, Pass pass, Arrived arrived)
    {
        var outputs = member.Incoming.Count == 0 ? frame.Entry : Outputs(frame, arrived.Edges);
        return outputs.Count > 0 ? outputs : [("input", pass.Data)];
    }

    private Outcome SetVariable(Outcome passedOn, Pass pass, Scope scope)
    {
        var value = scope.Evaluate(pass.Node.Expression!);
        if (value.IsError)
            return Outcome.Expression;
        _variables.Set(pass.Node.Variable!, pass, value.Value, pass.Node.Appends, value.IsOpen);
        return passedOn;
    }

    private static Outcome Switch(Outcome passedOn, PlanNode node, Scope scope)
    {
        foreach (var one in node.Cases)
        {
            var holds = scope.Evaluate(one.When).Holds;
            if (holds is not false)
                return holds is null ? Outcome.Expression : passedOn with { Port = one.Port };
        }
        return passedOn with { Port = "default" };
    }

    private bool Complete(Frame frame, Member member, Pass pass, Outcome outcome)
    {
        (pass.Output, pass.IsOpen, pass.HasOutput, pass.Port, pass.End) = (outcome.Output, outcome.IsOpen, true, outcome.Port, End.Completed);
        if (!Choose(frame, member, pass, outcome.Port, outcome.IsExclusive))
            return Fail(frame, member, pass, "expression");
        if (pass.Node.Type != "stop")
            return true;
        // Nothing follows it.
        foreach (var edge in frame.Region.Edges.Where(edge => edge.Source == pass.Node.Id))
            frame.Taken.Remove(edge);
        _finals.Add(new Final(FinalKind.Stop, pass, null));
        return false;
    }

    private bool Bypass(Frame frame, Member member, Pass pass)
    {
        (pass.Output, pass.IsOpen, pass.HasOutput, pass.End, pass.SkipReason) = (pass.Data, pass.IsDataOpen, true, End.Skipped, nameof(SkipReason.Disabled));
        if (Choose(frame, member, pass, port: null))
            return true;
        pass.SkipReason = null;
        return Fail(frame, member, pass, "expression");
    }

    private static bool Skip(Frame frame, Pass pass, SkipReason reason)
    {
        pass.End = End.Skipped;
        pass.SkipReason = reason.ToString();
        foreach (var edge in frame.Region.Edges.Where(edge => edge.Source == pass.Node.Id))
            frame.Taken[edge] = false;
        return true;
    }

    private bool Fail(Frame frame, Member member, Pass pass, string type, bool endsAll = false, bool isUnhandled = false)
    {
        pass.ErrorType = type;
        var hasErrorPort = frame.Region.Edges.Exists(edge => edge.Source == pass.Node.Id && edge.Port == PlanEdge.Error);
        if (!endsAll && !isUnhandled && (hasErrorPort || pass.Node.OnError == "continue"))
        {
            (pass.Output, pass.IsOpen, pass.HasOutput, pass.Port, pass.End) = (ErrorOutput(pass, type), false, true, null, End.Failed);
            if (Choose(frame, member, pass, hasErrorPort ? PlanEdge.Error : null, isExclusive: hasErrorPort))
                return true;
            type = "expression";
        }
        else if (!isUnhandled && pass.Node.OnError == "compensate")
        {
            return EndAll(FinalKind.Compensate, pass, type);
        }
        (pass.HasOutput, pass.Port, pass.End) = (false, null, End.Never);
        if (endsAll || frame.Body is not { } body)
            return EndAll(FinalKind.Fail, pass, type);
        body.Failures.Add(new BodyFailure(pass, type));
        return false;
    }

    private bool EndAll(FinalKind kind, Pass pass, string type)
    {
        (pass.HasOutput, pass.Port, pass.End) = (false, null, End.Never);
        _finals.Add(new Final(kind, pass, type));
        return false;
    }

    private static MapValue ErrorOutput(Pass pass, string type)
    {
        var error = new MapBuilder().Set("type", type).Set("nodeId", pass.Node.Id);
        if (pass.Iteration.Length > 0)
            error.Set("iteration", pass.Iteration);
        return MapValue.Of("error", error.Set("attempt", (long)pass.Attempts).Build());
    }

    /// <summary>Decides the edges that leave a node; false if a condition on one of them fails.</summary>
    private bool Choose(Frame frame, Member member, Pass pass, string? port, bool isExclusive = false)
    {
        var chosen = new List<(PlanEdge Edge, bool IsTaken)>();
        foreach (var edge in frame.Region.Edges.Where(edge => edge.Source == pass.Node.Id))
        {
            var isTaken = edge.Port is null ? !isExclusive : edge.Port == port;
            if (isTaken && edge.When is { } when)
            {
                var scope = new Scope(frame, member, pass, pass.Through, _variables, _input) { Data = pass.Output, IsDataOpen = pass.IsOpen, Shown = pass };
                if (scope.Evaluate(when).Holds is not { } holds)
                    return false;
                isTaken = holds;
            }
            chosen.Add((edge, isTaken));
        }
        foreach (var (edge, isTaken) in chosen)
            frame.Taken[edge] = isTaken;
        return true;
    }

    private sealed record Outcome
    {
        public static readonly Outcome Expression = new() { ErrorType = "expression" };

        public Value Output { get; init; }

        public bool IsOpen { get; init; }

        public string? Port { get; init; }

        /// <summary>Whether unlabelled edges are not taken either.</summary>
        public bool IsExclusive { get; init; }

        public string? ErrorType { get; init; }

        public bool IsRetryable { get; init; }

        /// <summary>Whether a failure is not retried whatever the policy says.</summary>
        public bool IsFinal { get; init; }

        public static Outcome Of(Answer answer) => answer.IsError ? Expression : new() { Output = answer.Value, IsOpen = answer.IsOpen };
    }
}
