using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Waits;

/// <summary>Which run of a node waits.</summary>
/// <param name="Tenant">Whose execution it is in.</param>
/// <param name="ExecutionId">The execution.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path; empty at the top level.</param>
/// <param name="Attempt">Of an effect that waits: the attempt, so that what one attempt began cannot answer for the next; 0: a wait without attempts of its own.</param>
public sealed record WaitAddress(string Tenant, string ExecutionId, string NodeId, string Iteration, int Attempt = 0)
{
    private const int IdLength = 20;

    /// <summary>The id of the wait, known before it begins: the execution's id, and a digest of what no path could hold as it is.</summary>
    public string Id => $"{ExecutionId}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Attempt == 0 ? $"{Iteration}:{NodeId}" : $"{Iteration}:{NodeId}\0{Attempt}")))[..IdLength]}";

    /// <summary>What the message for it is called; null: nothing.</summary>
    public string? Name => Attempt == 0 ? null : NameOf(Attempt);

    /// <summary>What the wait of an attempt is called.</summary>
    public static string NameOf(int attempt) => attempt.ToString(CultureInfo.InvariantCulture);

    /// <summary>The address of a run, or of one attempt of it.</summary>
    public static WaitAddress Of(ExecutionIdentity execution, string nodeId, string iteration, int attempt = 0) => new(execution.Tenant, execution.Id, nodeId, iteration, attempt);

    /// <summary>The address of a wait.</summary>
    public static WaitAddress Of(ExecutionIdentity execution, string nodeId, string iteration, NodeWait wait) =>
        Of(execution, nodeId, iteration, wait is { Kind: NodeWait.Callback or NodeWait.Task, Name: { } name } ? int.Parse(name, CultureInfo.InvariantCulture) : 0);
}
