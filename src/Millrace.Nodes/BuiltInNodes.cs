using Millrace.Engine.Models;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Code;
using Millrace.Nodes.Data;
using Millrace.Nodes.Flow;
using Millrace.Nodes.Flow.Caching;
using Millrace.Nodes.Http;
using Millrace.Nodes.Human;
using Millrace.Nodes.Integration;
using Millrace.Nodes.Integration.Services;
using Millrace.Nodes.Orchestration;

namespace Millrace.Nodes;

/// <summary>The node types that come with Millrace.</summary>
public static class BuiltInNodes
{
    /// <summary>All of them, for the registry.</summary>
    /// <param name="http">How workflows reach other servers.</param>
    /// <param name="models">Who answers for language models.</param>
    /// <param name="storage">Where workflows keep files.</param>
    /// <param name="code">What runs code; null: none is run.</param>
    /// <param name="s3">The operator's own S3; null: there is none.</param>
    /// <param name="integrations">The integrations of tenants; null: there are only those of the settings.</param>
    /// <param name="services">Where the sibling services are; null: nowhere.</param>
    public static IReadOnlyList<NodeType> All(
        OutgoingHttp http,
        ModelProviders models,
        FileStorage storage,
        CodeRuntime? code = null,
        ServiceSettings? services = null,
        S3Settings? s3 = null,
        IntegrationDirectory? integrations = null) =>
    [
        new StartNode(), new InputNode(), new ManualInputNode(), new OutputNode(),
        new ConditionalNode(), new SwitchNode(), new JoinNode(),
        new FailNode(), new StopNode(), new DelayNode(), new WaitForEventNode(),
        new ForEachNode(), new WhileNode(), new SubworkflowNode(), new UndoExecutionNode(),
        new CacheNode(), new CacheLookNode(), new CacheBodyNode(), new CacheKeepNode(),
        new NoopNode(), new CommentNode(), new LogNode(), new SetVariableNode(),
        new AddFieldNode(), new TransformNode(), new FilterNode(), new SortNode(), new LimitNode(), new AggregateNode(), new UniqueNode(), new SplitNode(),
        .. Calling(new HttpRequests(http), integrations ?? new IntegrationDirectory(null, services ?? new ServiceSettings())),
        new LlmNode(models),
        .. Orchestrated(services ?? new ServiceSettings()),
        new StorageNode(storage, s3 ?? new S3Settings(), http), new WebhookNode(), new RespondNode(), new EmitNode(), new CallbackNode(),
        new ApprovalNode(),
        new CodeNode(code ?? CodeRuntime.Off),
    ];

    private static IEnumerable<NodeType> Calling(HttpRequests requests, IntegrationDirectory integrations) =>
        [new HttpNode(requests), new IntegrationNode(integrations, requests)];

    private static IEnumerable<NodeType> Orchestrated(ServiceSettings services)
    {
        var orchestrator = ServiceClient.To(services.Orchestrator);
        return [
            new ToolNode(orchestrator),
            new AgentTaskNode(orchestrator),
            new ConversationNode(orchestrator),
            new RagNode(ServiceClient.To(services.Rag)),
        ];
    }
}
