using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Storage.Tests.Conformance;

/// <summary>
/// Random reservations and settlements of a few executions over a few accounts, and what should become of them. It keeps no balances: each is summed
/// anew over all calls that ever were.
/// </summary>
internal sealed class BudgetWalk
{
    private readonly Random _random;
    private readonly long _epoch;
    private readonly BudgetLine[] _lines;
    private readonly Dictionary<string, long> _seqs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly List<Call> _calls = [];

    public BudgetWalk(int seed, string name, long epoch)
    {
        _random = new Random(seed);
        _epoch = epoch;
        Executions = [.. Enumerable.Range(0, 4).Select(number => $"{name}-{number}")];
        foreach (var id in Executions)
            _seqs[id] = 1;
        _lines = [.. Enumerable.Range(0, 3).Select(number => new BudgetLine(new BudgetAccount($"{name}:{number}"), new BudgetLimits(_random.Next(50, 200), number == 0 ? null : 100, number == 1 ? 6 : null)))];
    }

    public IReadOnlyList<string> Executions { get; }

    /// <summary>What should become of the last batch.</summary>
    public List<WriteOutcome> Expected { get; } = [];

    public List<Mutation> Next()
    {
        Expected.Clear();
        return [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => One())];
    }

    public IEnumerable<(BudgetAccount Account, BudgetBalance Balance)> Accounts() => _lines.Select(line => (line.Account, Sum(line.Account)));

    private Mutation One()
    {
        var execution = Executions[_random.Next(Executions.Count)];
        var id = $"n{_random.Next(6)}::1";
        var mine = _calls.Find(call => call.Execution == execution && call.Id == id);
        switch (_random.Next(10))
        {
            case < 6:
                var reservation = new BudgetReservation(execution, id, Amounts(30), [.. _lines.Where(_ => _random.Next(3) > 0)]);
                Expected.Add(Reserve(execution, mine, reservation));
                return new ReserveBudget(Sample.Tenant, reservation, _epoch);
            case < 9 when !_ended.Contains(execution):
                var settlement = new BudgetSettlement(id, Amounts(40), IsFinal: _random.Next(3) > 0);
                Settle(mine, settlement);
                return Advance(execution, ExecutionStatus.Running, settlement);
            default:
                if (_random.Next(12) > 0 || _ended.Contains(execution))
                {
                    Expected.Add(WriteOutcome.Fenced);
                    return new AdvanceExecution(Sample.Tenant, execution, _epoch, 10_000) { WorkflowId = "w1", Settlements = [new BudgetSettlement(id, Amounts(40))] };
                }
                _ended.Add(execution);
                _calls.ForEach(call => call.Remaining = call.Execution == execution ? default : call.Remaining);
                return Advance(execution, ExecutionStatus.Completed);
        }
    }

    private WriteOutcome Reserve(string execution, Call? mine, BudgetReservation reservation)
    {
        if (_ended.Contains(execution))
            return WriteOutcome.Terminal;
        if (mine is not null)
            return mine.IsSettled ? WriteOutcome.Duplicate : WriteOutcome.Done;
        foreach (var line in reservation.Lines)
        {
            var (used, reserved) = Sum(line.Account);
            var estimate = reservation.Estimate;
            if (used.Money + reserved.Money + Math.Max(1, estimate.Money) > line.Limits.Money
                || used.Tokens + reserved.Tokens + Math.Max(1, estimate.Tokens) > line.Limits.Tokens
                || used.Calls + reserved.Calls + Math.Max(1, estimate.Calls) > line.Limits.Calls)
                return WriteOutcome.OverBudget;
        }
        _calls.Add(new Call(execution, reservation.Id, [.. reservation.Lines.Select(line => line.Account)]) { Remaining = reservation.Estimate });
        return WriteOutcome.Done;
    }

    private static void Settle(Call? call, BudgetSettlement settlement)
    {
        if (call is null or { IsSettled: true })
            return;
        var (left, spent) = (call.Remaining, settlement.Spent);
        call.Spent.Add(spent);
        call.IsSettled = settlement.IsFinal;
        call.Remaining = settlement.IsFinal ? default
            : new BudgetAmounts(Math.Max(0, left.Money - spent.Money), Math.Max(0, left.Tokens - spent.Tokens), Math.Max(0, left.Calls - spent.Calls));
    }

    private AdvanceExecution Advance(string execution, ExecutionStatus status, params BudgetSettlement[] settlements)
    {
        Expected.Add(WriteOutcome.Done);
        var seq = _seqs[execution]++;
        return new AdvanceExecution(Sample.Tenant, execution, _epoch, seq)
        {
            WorkflowId = "w1", Entry = Sample.Entry(seq + 1, seq + 1), Status = status, NewOwner = _epoch, StartedAt = Sample.Now, Settlements = settlements,
        };
    }

    private BudgetBalance Sum(BudgetAccount account)
    {
        var calls = _calls.Where(call => call.Accounts.Contains(account)).ToList();
        return new BudgetBalance(
            new BudgetTotals(calls.Sum(call => call.Spent.Sum(one => one.Money)), calls.Sum(call => call.Spent.Sum(one => one.Tokens)), calls.Sum(call => call.Spent.Sum(one => one.Calls))),
            new BudgetTotals(calls.Sum(call => call.Remaining.Money), calls.Sum(call => call.Remaining.Tokens), calls.Sum(call => call.Remaining.Calls)));
    }

    private BudgetAmounts Amounts(int most) => new(_random.Next(most), _random.Next(most), _random.Next(3));

    private sealed class Call(string execution, string id, IReadOnlyList<BudgetAccount> accounts)
    {
        public string Execution { get; } = execution;

        public string Id { get; } = id;

        public IReadOnlyList<BudgetAccount> Accounts { get; } = accounts;

        public BudgetAmounts Remaining { get; set; }

        public List<BudgetAmounts> Spent { get; } = [];

        public bool IsSettled { get; set; }
    }
}
