using Millrace.Engine.History;
using Millrace.Engine.Operations.Approvals;
using Millrace.Engine.Operations.Events;
using Millrace.Engine.Operations.Executions;
using Millrace.Engine.Operations.Integrations;
using Millrace.Engine.Operations.Nodes;
using Millrace.Engine.Operations.Secrets;
using Millrace.Engine.Operations.Webhooks;
using Millrace.Engine.Operations.Workers;
using Millrace.Engine.Operations.Workflows;
using Millrace.Engine.Runtime;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Operations;

/// <summary>
/// Everything that can be asked of an engine, by capability. Transports translate requests into these, and what they answer into replies.
/// </summary>
public sealed class EngineOperations
{
    /// <summary>The operations of an engine, which has secrets and integrations.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="links">Makes links to waits, and knows its own again.</param>
    /// <param name="draining">Whether it is about to end.</param>
    public EngineOperations(MillraceEngine engine, SignedLinks links, Draining draining)
    {
        var (store, workflows, history, executions) = (engine.Store, engine.Workflows, engine.History, engine.Executions);
        var time = engine.Setup.Time;
        var trial = new NodeTrial(workflows, executions, engine.Setup.Ids, time);
        Workflows = new WorkflowReads(workflows, store);
        WorkflowWrites = new WorkflowWrites(workflows, store, Workflows);
        Executions = new ExecutionReads(store, history);
        Starts = new ExecutionStarts(executions, store, history, draining, time);
        Control = new ExecutionControl(executions, store, history, new TransitionWatch(store, engine.Feed, draining, time));
        Forks = new ExecutionForks(executions, store, history, Starts, draining);
        Bulk = new BulkExecutions(executions, store, Control, Forks, draining);
        Migrations = new Migrations(executions, store, history);
        Approvals = new ApprovalAnswers(executions, store, links, time);
        Limits = new LimitReads(store);
        Secrets = new SecretOperations(engine.Secrets ?? throw new ArgumentException("The engine has no secrets.", nameof(engine)));
        NodeTypes = new NodeTypeOperations(workflows.WorkerTypes, trial);
        Integrations = new IntegrationOperations(
            engine.Integrations ?? throw new ArgumentException("The engine has no integrations.", nameof(engine)), trial, workflows.Types);
        Workers = new WorkerOperations(workflows.WorkerTypes, executions.Tasks, store, draining, time);
        Journals = new JournalReads(Executions, new JournalReader(store));
        NodeRuns = new NodeRunReads(Executions, history);
        Following = new EventFollowing(store, engine.Feed, draining);
        var responses = new WebhookResponses(store, engine.Feed, history, draining, time);
        Webhooks = new WebhookOperations(workflows.Webhooks, Starts, history, responses, time);
        Events = new EventOperations(executions.Publisher, store, draining);
        Callbacks = new CallbackOperations(executions, store, history, links, time);
        Health = new StoreHealth(store, engine.Committer, time);
    }

    /// <summary>Looks at workflows.</summary>
    public WorkflowReads Workflows { get; }

    /// <summary>Saves, switches and deletes workflows.</summary>
    public WorkflowWrites WorkflowWrites { get; }

    /// <summary>Looks at executions.</summary>
    public ExecutionReads Executions { get; }

    /// <summary>Starts executions.</summary>
    public ExecutionStarts Starts { get; }

    /// <summary>Steers executions.</summary>
    public ExecutionControl Control { get; }

    /// <summary>Makes executions of the past of others.</summary>
    public ExecutionForks Forks { get; }

    /// <summary>Does the same to many executions.</summary>
    public BulkExecutions Bulk { get; }

    /// <summary>Moves executions to other versions of their workflow.</summary>
    public Migrations Migrations { get; }

    /// <summary>What waits for people.</summary>
    public ApprovalAnswers Approvals { get; }

    /// <summary>The limits in use.</summary>
    public LimitReads Limits { get; }

    /// <summary>Secrets.</summary>
    public SecretOperations Secrets { get; }

    /// <summary>Node types, and nodes run alone.</summary>
    public NodeTypeOperations NodeTypes { get; }

    /// <summary>Named services that workflows call.</summary>
    public IntegrationOperations Integrations { get; }

    /// <summary>External workers.</summary>
    public WorkerOperations Workers { get; }

    /// <summary>Reads journals and logs.</summary>
    public JournalReads Journals { get; }

    /// <summary>Reads what executions did.</summary>
    public NodeRunReads NodeRuns { get; }

    /// <summary>Follows executions.</summary>
    public EventFollowing Following { get; }

    /// <summary>Calls that begin executions.</summary>
    public WebhookOperations Webhooks { get; }

    /// <summary>Published events.</summary>
    public EventOperations Events { get; }

    /// <summary>Calls that executions wait for.</summary>
    public CallbackOperations Callbacks { get; }

    /// <summary>Whether the store answers, and takes writes.</summary>
    public StoreHealth Health { get; }
}
