using System.Numerics;
using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Simulation.Tests.Interpretation;

// Loops, forEach and while.
internal sealed partial class Interpreter
{
    private const int UsualMaxIterations = 1_000;

    private bool RunLoop(Frame around, Member member, BigInteger past, bool isReady, Arrived arrived)
    {
        var loop = member.Loop!;
        var most = loop.Back.Min(edge => edge.MaxIterations) ?? UsualMaxIterations;
        var (data, isOpen) = DataOf(around, member, arrived);
        var entry = Outputs(around, arrived.Edges);
        for (var turn = 0; ; turn++)
        {
            var frame = new Frame(loop, around, member, around.PathOf(turn), turn, past) { Data = data, IsDataOpen = isOpen, Entry = entry, IsDead = !isReady };
            around.Last[member] = frame;
            if (turn == most)
                return Fail(frame, loop.MemberOf(loop.Header!)!, NewPass(frame, loop.Header!, past), "max_iterations", isUnhandled: true);
            if (!RunFrame(frame))
                return false;
            past = frame.End();
            var back = loop.Back.Where(edge => frame.Taken[edge]).ToList();
            if (back.Count == 0)
                break;
            entry = Outputs(frame, back);
            (data, isOpen) = (Combine(entry), back.Exists(edge => frame.Find(loop.Find(edge.Source)) is { IsOpen: true } or { IsMaybe: true }));
        }
        around.Through[member] = past;
        foreach (var edge in around.Region.Edges.Where(edge => member.Holds(edge.Source) && !member.Holds(edge.Target)))
            around.Taken[edge] = around.Last[member].Taken[edge];
        return true;
    }

    private bool RunItems(Frame around, Member member, Pass pass)
    {
        var items = pass.Node.Expression is { } source ? ScopeOf(around, member, pass).Evaluate(source) : new Answer(pass.Data, false, pass.IsDataOpen);
        if (items.IsOpen)
            throw new UndeterminedException($"the items of '{pass.Node.Id}'");
        if (items.IsError || !items.Value.TryGetList(out var list))
            return Fail(around, member, pass, items.IsError ? "expression" : "data");
        var first = _passes.Count;
        var results = new Value[list.Count];
        var isOpen = false;
        var isBlocked = false;
        var failures = new List<BodyFailure>();
        var failedItems = 0;
        var past = pass.Through;
        // An item begins only while fewer than `concurrency` before it have failed or hang.
        for (var i = 0; i < list.Count && failedItems < pass.Node.Concurrency; i++)
        {
            var frame = Item(around, member, pass, i, pass.Node.Concurrency == 1 ? past : pass.Through, list[i], pass.IsDataOpen);
            if (RunBody(frame))
            {
                past |= frame.End();
                (results[i], var isResultOpen) = ResultOf(frame);
                isOpen |= isResultOpen;
            }
            else if (frame.Failures.Count == 0)
            {
                isBlocked = true;
                failedItems++;
            }
            else if (pass.Node.Collects)
            {
                past |= Certain(frame.Failures);
                isOpen |= frame.Failures.Count > 1;
                results[i] = ErrorOutput(frame.Failures[0].Pass, frame.Failures[0].ErrorType);
            }
            else
            {
                failures.AddRange(frame.Failures);
                failedItems++;
            }
        }
        if (failures.Count > 0)
            return isBlocked ? throw new UndeterminedException($"which way '{pass.Node.Id}' ends") : FailContainer(around, member, pass, failures, first);
        if (isBlocked)
            return false;
        pass.Through |= past;
        return Complete(around, member, pass, new Outcome { Output = ListValue.Own(results), IsOpen = isOpen });
    }

    private bool RunTurns(Frame around, Member member, Pass pass)
    {
        var (data, isOpen) = (pass.Data, pass.IsDataOpen);
        var past = pass.Through;
        for (var turn = 0; ; turn++)
        {
            var condition = new Scope(around, member, pass, past, _variables, _input) { Data = data, IsDataOpen = isOpen, Turn = turn }.Evaluate(pass.Node.Expression!);
            pass.Through |= past;
            if (condition.Holds is not { } holds)
                return Fail(around, member, pass, "expression");
            if (!holds)
                return Complete(around, member, pass, new Outcome { Output = data, IsOpen = isOpen });
            if (turn == (pass.Node.MaxIterations ?? UsualMaxIterations))
                return Fail(around, member, pass, "max_iterations");
            var first = _passes.Count;
            var frame = Item(around, member, pass, turn, past, data, isOpen);
            if (!RunBody(frame))
                return frame.Failures.Count > 0 && FailContainer(around, member, pass, frame.Failures, first);
            past |= frame.End();
            (data, isOpen) = ResultOf(frame);
        }
    }

    private Frame Item(Frame around, Member member, Pass pass, int number, BigInteger past, Value data, bool isOpen) =>
        new(RegionOf(pass.Node.Body!), around, member, around.PathOf(number), number, past) { Container = pass, Data = data, IsDataOpen = isOpen };

    /// <summary>Runs an item or a turn of a while. Where it fails, all else in it is stopped, wherever that is by then.</summary>
    private bool RunBody(Frame frame)
    {
        var (first, finals) = (_passes.Count, _finals.Count);
        if (RunFrame(frame))
            return true;
        if (frame.Failures.Count > 0)
        {
            if (_finals.Count > finals)
                throw new UndeterminedException($"which way '{frame.Container!.Node.Id}' ends");
            MarkStopped(first, frame.Failures);
        }
        return false;
    }

    private bool FailContainer(Frame around, Member member, Pass pass, List<BodyFailure> failures, int first)
    {
        MarkStopped(first, failures);
        pass.Through |= Certain(failures);
        var types = failures.Select(failure => failure.ErrorType).Distinct().ToList();
        return types.Count == 1 ? Fail(around, member, pass, types[0]) : throw new UndeterminedException($"how '{pass.Node.Id}' fails");
    }

    private void MarkStopped(int first, List<BodyFailure> failures)
    {
        var certain = Certain(failures);
        foreach (var pass in _passes[first..].Where(pass => !Pass.Knows(certain, pass)))
            pass.IsMaybe = true;
    }

    /// <summary>What is over for sure once one of several failures has happened.</summary>
    private static BigInteger Certain(List<BodyFailure> failures) =>
        failures.Select(failure => failure.Pass.Through).Aggregate((all, one) => all & one);
}
