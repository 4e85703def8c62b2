namespace Millrace.Core.Executions;

/// <summary>Something the machine must answer to. The set is closed.</summary>
public abstract record MachineInput;

/// <summary>Go on with what is ready: the last turn ended before all of it was done.</summary>
public sealed record ContinueInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly ContinueInput Instance = new();
}
