using Millrace.Core.Nodes;
using Millrace.Engine.Models;
using Millrace.Testing.Workflows.Fakes;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Workflows;

// What stands in for the world.
public sealed partial class WorkflowTestCase
{
    /// <summary>Fakes a node of any kind: it gives an output whenever it runs.</summary>
    /// <param name="nodeId">The node, wherever it is: in a body or a child too. What undoes a node is NODE:compensation.</param>
    /// <param name="output">A value of workflows, or anything that System.Text.Json writes, such as an anonymous object.</param>
    public WorkflowTestCase Fake(string nodeId, object? output) => Fake(nodeId, OutcomeOf(output));

    /// <summary>
    /// Fakes a node: a single outcome is that of every run, several are those of its runs and attempts in order, and one more fails the
    /// test.
    /// </summary>
    public WorkflowTestCase Fake(string nodeId, params FakeOutcome[] outcomes) => With(setup => setup.Nodes[nodeId] = Fakes(outcomes));

    /// <summary>Fakes a node by a function of what it is asked to do.</summary>
    public WorkflowTestCase Fake(string nodeId, Func<FakeCall, FakeOutcome> run) =>
        With(setup => setup.Nodes[nodeId] = new FakeSource([], run));

    /// <summary>Fakes every node of a type that is not faked itself.</summary>
    /// <param name="type">The type, by its name or an alias.</param>
    /// <param name="output">As of <see cref="Fake(string, object)"/>.</param>
    public WorkflowTestCase FakeType(string type, object? output) => FakeType(type, OutcomeOf(output));

    /// <summary>
    /// Fakes every node of a type that is not faked itself; their runs share the outcomes, as of <see cref="Fake(string, FakeOutcome[])"/>.
    /// </summary>
    public WorkflowTestCase FakeType(string type, params FakeOutcome[] outcomes) => With(setup => setup.NodeTypes[type] = Fakes(outcomes));

    /// <summary>Fakes every node of a type that is not faked itself, by a function of what it is asked to do.</summary>
    public WorkflowTestCase FakeType(string type, Func<FakeCall, FakeOutcome> run) =>
        With(setup => setup.NodeTypes[type] = new FakeSource([], run));

    /// <summary>
    /// Fakes a language model: the node that asks it runs, and reads its answer. A single reply is every one, several come in order.
    /// </summary>
    /// <param name="model">Its name as nodes say it, such as "gpt-4o"; "*" for each that is not faked itself.</param>
    /// <param name="replies">The replies, in order.</param>
    public WorkflowTestCase FakeModel(string model, params FakeReply[] replies) =>
        With(setup => setup.Models[model] = new ModelSource([.. replies], null));

    /// <summary>Fakes a language model by a function of what it is asked.</summary>
    public WorkflowTestCase FakeModel(string model, Func<ModelRequest, FakeReply> reply) =>
        With(setup => setup.Models[model] = new ModelSource([], reply));

    /// <summary>Sets what a model costs; without it, models of OpenAI have their list prices and others cost nothing.</summary>
    /// <param name="model">Its name, as nodes say it.</param>
    /// <param name="perMillionIn">US dollars for a million tokens of questions.</param>
    /// <param name="perMillionOut">US dollars for a million tokens of answers.</param>
    public WorkflowTestCase WithModelPrice(string model, decimal perMillionIn, decimal perMillionOut) =>
        With(setup => setup.Prices[model] = new ModelPrice(perMillionIn, perMillionOut));

    /// <summary>
    /// Answers a node when it waits: an approval, a form, a callback or a signal. A single answer is given every time, several are given in
    /// order, and then none.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="answers">What it is answered.</param>
    public WorkflowTestCase Answer(string nodeId, params TestAnswer[] answers) => With(setup => setup.Answers[nodeId] = [.. answers]);

    /// <summary>Sends the workflow a signal, whether a node waits for it then or later.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="payload">What it says: anything that System.Text.Json writes.</param>
    /// <param name="after">How long after the start.</param>
    public WorkflowTestCase Signal(string name, object? payload = null, TimeSpan after = default) =>
        With(setup => setup.Signals.Add(new TestSignal(name, Plain.ToValue(payload), after)));

    /// <summary>
    /// Lets nodes really have their effect: they call, run code and keep files, in a folder that goes with the test. Their own waits take
    /// real time.
    /// </summary>
    /// <param name="nodesOrTypes">Ids of nodes, or types.</param>
    public WorkflowTestCase AllowReal(params string[] nodesOrTypes) => With(setup => setup.Real.UnionWith(nodesOrTypes));

    private static FakeSource Fakes(FakeOutcome[] outcomes) => outcomes.Length > 0
        ? new FakeSource([.. outcomes], null)
        : throw new WorkflowTestException("A fake without outcomes can do nothing. Give it an output, or FakeOutcome.NeverEnds.");

    // An object that is an outcome already, said where its type was not known.
    private static FakeOutcome OutcomeOf(object? output) => output switch
    {
        FakeOutcome outcome => outcome,
        NodeOutcome outcome => outcome,
        _ => FakeOutcome.Output(output),
    };
}
