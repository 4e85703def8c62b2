using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Testing.Workflows.Results;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Workflows;

/// <summary>
/// A test of a workflow: a definition, what it is started with, and what stands in for the world. <see cref="RunAsync"/> runs it in the
/// real engine, over a
/// store in memory and in virtual time: delays, timeouts and retries pass at once, in their order. Nodes that would touch the world have to
/// be
/// faked. A case can be run any number of times, each time from the beginning.
/// </summary>
public sealed partial class WorkflowTestCase
{
    private readonly TestSetup _setup;

    private WorkflowTestCase(TestSetup setup) => _setup = setup;

    /// <summary>Loads a definition of any dialect from a file, JSON or YAML.</summary>
    /// <param name="path">The file: from the current folder, or else from the one that the tests were built into.</param>
    /// <param name="types">Node types of one's own that it uses, beside those that come with Millrace.</param>
    /// <exception cref="WorkflowTestException">There is no such file, or it is no workflow that can run: every problem is told, with its
    /// place.</exception>
    public static WorkflowTestCase FromFile(string path, params NodeType[] types) =>
        Create(types, registry => TestedDocument.Read(Found(path), registry));

    /// <summary>Loads a definition of any dialect from a text, JSON or YAML.</summary>
    /// <param name="document">The text.</param>
    /// <param name="types">Node types of one's own that it uses.</param>
    /// <exception cref="WorkflowTestException">It is no workflow that can run: every problem is told, with its place.</exception>
    public static WorkflowTestCase FromText(string document, params NodeType[] types) =>
        Create(types, registry => TestedDocument.Parse(document, "workflow", registry));

    /// <summary>Loads a definition of any dialect from data.</summary>
    /// <param name="definition">A <see cref="Value"/>, or anything that System.Text.Json writes, such as an anonymous object.</param>
    /// <param name="types">Node types of one's own that it uses.</param>
    /// <exception cref="WorkflowTestException">It is no workflow that can run: every problem is told, with its place.</exception>
    public static WorkflowTestCase FromDefinition(object definition, params NodeType[] types) =>
        Create(types, registry => TestedDocument.Parse(Plain.ToValue(definition).ToJson(), "workflow", registry));

    /// <summary>Adds a workflow that others of this test run as a child, from a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WorkflowTestException">There is no such file, or it is no workflow that can run.</exception>
    public WorkflowTestCase WithWorkflowFile(string path) =>
        With(setup => setup.Documents.Add(TestedDocument.Read(Found(path), setup.Registry)));

    /// <summary>Adds a workflow that others of this test run as a child. It is known by the `id` that it says.</summary>
    /// <param name="document">Its text, JSON or YAML.</param>
    /// <exception cref="WorkflowTestException">It is no workflow that can run.</exception>
    public WorkflowTestCase WithWorkflow(string document) =>
        With(setup => setup.Documents.Add(TestedDocument.Parse(document, "child workflow", setup.Registry)));

    /// <summary>Sets the input of the execution: anything that System.Text.Json can serialise.</summary>
    /// <param name="input">Anything that System.Text.Json writes.</param>
    public WorkflowTestCase WithInput(object? input) => With(setup => setup.Input = Plain.ToValue(input));

    /// <summary>Gives a single node its value, as `inputs` at the start do.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="value">Anything that System.Text.Json writes.</param>
    public WorkflowTestCase WithInputFor(string nodeId, object? value) => With(setup => setup.Inputs[nodeId] = Plain.ToValue(value));

    /// <summary>Sets a variable, over what the workflow says.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Anything that System.Text.Json writes.</param>
    public WorkflowTestCase WithVariable(string name, object? value) => With(setup => setup.Variables[name] = Plain.ToValue(value));

    /// <summary>Gives a secret its value. Where it comes back from a node, it is taken out, as always.</summary>
    public WorkflowTestCase WithSecret(string name, string value) => With(setup => setup.Secrets[name] = value);

    /// <summary>Sets the time of the start, of which `now` is a function; else it is the first moment of 2026.</summary>
    public WorkflowTestCase StartingAt(DateTimeOffset now) => With(setup => setup.Now = now);

    /// <summary>
    /// Stops the run after a time, to see how it stands then. Else time goes on to the end: a wait that nobody answers takes its timeout.
    /// </summary>
    /// <param name="after">How long after the start, in virtual time.</param>
    public WorkflowTestCase Until(TimeSpan after) => With(setup => setup.Until = after);

    /// <summary>
    /// Runs it to its end, or until it waits for something that the test does not give and that has no timeout. Its children run with it.
    /// </summary>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <returns>What happened, to be looked at and to assert on.</returns>
    /// <exception cref="WorkflowTestException">The test is wrong: it names nodes that are not there, leaves a node that would touch the
    /// world unfaked, or starts the workflow with what it does not take.</exception>
    public async Task<WorkflowTestResult> RunAsync(CancellationToken cancellation = default)
    {
        SetupCheck.Check(_setup);
        await using var world = new TestWorld(_setup);
        return await world.RunAsync(cancellation);
    }

    internal TestSetup Setup => _setup;

    internal static WorkflowTestCase Of(TestSetup setup) => new(setup);

    private static WorkflowTestCase Create(NodeType[] types, Func<NodeRegistry, TestedDocument> load)
    {
        var setup = new TestSetup(types);
        setup.Documents.Add(load(setup.Registry));
        return new WorkflowTestCase(setup);
    }

    // Test frameworks do not agree on the current folder.
    private static string Found(string path)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, path);
        return !File.Exists(path) && File.Exists(beside) ? beside : path;
    }

    private WorkflowTestCase With(Action<TestSetup> set)
    {
        set(_setup);
        return this;
    }
}
