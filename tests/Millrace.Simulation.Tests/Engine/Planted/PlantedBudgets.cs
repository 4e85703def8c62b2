using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>What a call has spent is charged first, and its outcome is recorded after that, or not at all.</summary>
internal sealed class ChargesEarlyStore(IStore inner) : PlantedStore(inner)
{
    protected override CommitResult WriteOne(Mutation mutation)
    {
        if (mutation is not AdvanceExecution { Settlements.Count: > 0 } advance)
            return Inner.Write(mutation);
        foreach (var settlement in advance.Settlements)
            Inner.Write(new SettleBudget(advance.Tenant, advance.ExecutionId, settlement));
        return Inner.Write(advance.With(settlements: []));
    }
}

/// <summary>What the steps of a call spend is not charged.</summary>
internal sealed class ForgivesStepsStore(IStore inner) : PlantedStore(inner)
{
    protected override Mutation Change(Mutation mutation) =>
        mutation is AdvanceExecution { Settlements.Count: > 0 } advance ? advance.With(settlements: [.. advance.Settlements.Where(settlement => settlement.IsFinal)]) : mutation;
}
