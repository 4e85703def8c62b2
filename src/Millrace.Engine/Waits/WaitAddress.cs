using System.Security.Cryptography;
using System.Text;
using Millrace.Core.Executions;

namespace Millrace.Engine.Waits;

/// <summary>Which run of a node waits.</summary>
/// <param name="Tenant">Whose execution it is in.</param>
/// <param name="ExecutionId">The execution.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path; empty at the top level.</param>
public sealed record WaitAddress(string Tenant, string ExecutionId, string NodeId, string Iteration)
{
    private const int IdLength = 20;

    /// <summary>The id of the wait, known before it begins: the execution's id, and a digest of what no path could hold as it is.</summary>
    public string Id => $"{ExecutionId}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Iteration}:{NodeId}")))[..IdLength]}";

    /// <summary>The address of a run.</summary>
    public static WaitAddress Of(ExecutionIdentity execution, string nodeId, string iteration) => new(execution.Tenant, execution.Id, nodeId, iteration);
}
