using Millrace.Engine.Nodes;

[assembly: NodePlugin(typeof(AcmeNodes.AcmePlugin))]

namespace AcmeNodes;

/// <summary>The node types of this assembly.</summary>
public sealed class AcmePlugin : INodePlugin
{
    public IEnumerable<NodeType> NodeTypes =>
        [new MaskFieldNode(), new LedgerEntryNode(Environment.GetEnvironmentVariable("ACME_LEDGER") ?? "ledger.jsonl")];
}
