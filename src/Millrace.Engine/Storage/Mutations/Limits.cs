namespace Millrace.Engine.Storage.Mutations;

/// <summary>Says how many executions of each tenant may be under way at once.</summary>
public sealed class LimitTenants(int? limit) : Mutation("")
{
    /// <summary>How many; null: any number.</summary>
    public int? Limit { get; } = limit;
}
