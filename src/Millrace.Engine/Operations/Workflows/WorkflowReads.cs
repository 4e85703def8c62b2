using System.Globalization;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Operations.Workflows;

/// <summary>Looks at workflows and their versions, and hands their documents out.</summary>
public sealed class WorkflowReads(WorkflowLibrary library, IStore store)
{
    /// <summary>A page of workflows, without their documents.</summary>
    public async ValueTask<Outcome<Listed<WorkflowRecord>>> ListAsync(
        Caller caller, WorkflowFilter filter, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewWorkflows) is { } forbidden)
            return forbidden;
        return await Listing.ReadAsync(
            page, part => store.ListWorkflowsAsync(caller.Tenant, filter, part, cancellation), workflow => workflow.Id);
    }

    /// <summary>A workflow, with its document and what is wrong with it.</summary>
    public async ValueTask<Outcome<ShownWorkflow>> ReadAsync(Caller caller, string id, CancellationToken cancellation) =>
        (await FindAsync(caller, id, cancellation)).IsDone(out var record, out var refusal)
            ? await ShowAsync(record, cancellation)
            : refusal;

    /// <summary>A page of a workflow's versions, the latest first, without their documents.</summary>
    public async ValueTask<Outcome<Listed<WorkflowVersion>>> ListVersionsAsync(
        Caller caller, string id, Page page, CancellationToken cancellation)
    {
        if (!(await FindAsync(caller, id, cancellation)).IsDone(out _, out var refusal))
            return refusal;
        return await Listing.ReadAsync(
            page, part => store.ListVersionsAsync(caller.Tenant, id, part, cancellation), version => version.Version.ToString());
    }

    /// <summary>A version with its document.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="version">Its number, as the caller wrote it.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<Outcome<ShownVersion>> ReadVersionAsync(
        Caller caller, string id, string version, CancellationToken cancellation) =>
        (await FindVersionAsync(caller, id, version, cancellation)).IsDone(out var found, out var refusal)
            ? new ShownVersion(found, Read(found).Document)
            : refusal;

    /// <summary>What changed from one version to another.</summary>
    public async ValueTask<Outcome<ComparedVersions>> CompareAsync(
        Caller caller, string id, string before, string after, CancellationToken cancellation)
    {
        if (!(await FindVersionAsync(caller, id, before, cancellation)).IsDone(out var first, out var refusal)
            || !(await FindVersionAsync(caller, id, after, cancellation)).IsDone(out var second, out refusal))
            return refusal;
        return Read(first).Definition is { } left && Read(second).Definition is { } right
            ? new ComparedVersions(first.Version, second.Version, DefinitionDiff.Compare(left, right))
            : new Refusal.Conflict("draft", "One of the two versions is a draft of unknown shape, which cannot be compared.");
    }

    /// <summary>A workflow's document: as it was written, or in the other format, as the tree that it means.</summary>
    public async ValueTask<Outcome<ExportedDocument>> ExportAsync(
        Caller caller, string id, DocumentFormat? format, CancellationToken cancellation)
    {
        if (!(await FindAsync(caller, id, cancellation)).IsDone(out var workflow, out var refusal))
            return refusal;
        var own = WorkflowLibrary.FormatOf(workflow.Format);
        return new ExportedDocument(Export(workflow, own, format ?? own), format ?? own);
    }

    /// <summary>A version as stored.</summary>
    internal async ValueTask<Outcome<WorkflowVersion>> FindVersionAsync(
        Caller caller, string id, string version, CancellationToken cancellation)
    {
        // A deleted workflow keeps its versions for executions that still run; to callers it is gone.
        if (!(await FindAsync(caller, id, cancellation)).IsDone(out _, out var refusal))
            return refusal;
        var isNumber = int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        return isNumber && await store.ReadVersionAsync(caller.Tenant, id, number, cancellation) is { } found
            ? found
            : new Refusal.NotFound($"version of workflow '{id}' named", version);
    }

    /// <summary>A stored workflow with its document and what is wrong with it.</summary>
    internal async ValueTask<ShownWorkflow> ShowAsync(WorkflowRecord record, CancellationToken cancellation)
    {
        var format = WorkflowLibrary.FormatOf(record.Format);
        if (!record.IsDraft)
            return new ShownWorkflow(record, DefinitionReader.Read(record.Document.Utf8.Span, format, library.Types).Document, []);
        var analysis = await library.AnalyzeAsync(record.Tenant, record.Document.Utf8, format, cancellation);
        return new ShownWorkflow(record, analysis.Read.Document, analysis.Problems);
    }

    private async ValueTask<Outcome<WorkflowRecord>> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewWorkflows) is { } forbidden)
            return forbidden;
        return await store.ReadWorkflowAsync(caller.Tenant, id, cancellation) is { } record ? record : new Refusal.NotFound("workflow", id);
    }

    private ReadResult Read(WorkflowVersion version) =>
        DefinitionReader.Read(version.Document.Utf8.Span, WorkflowLibrary.FormatOf(version.Format), library.Types);

    private ReadOnlyMemory<byte> Export(WorkflowRecord workflow, DocumentFormat own, DocumentFormat format)
    {
        if (own == format)
            return workflow.Document.Utf8;
        var tree = DefinitionReader.Read(workflow.Document.Utf8.Span, own, library.Types).Document;
        if (format == DocumentFormat.Yaml)
            return DefinitionWriter.ToYaml(tree);
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, ValueJson.WriterOptions with { Indented = true, NewLine = "\n" }))
            ValueJson.Write(writer, tree);
        return text.ToArray();
    }
}

/// <summary>A workflow to show: as stored, with its document as a tree, and what is wrong with it.</summary>
/// <param name="Record">As stored.</param>
/// <param name="Document">The authored document.</param>
/// <param name="Problems">What was found; empty where nobody looked.</param>
public sealed record ShownWorkflow(WorkflowRecord Record, Value Document, IReadOnlyList<Problem> Problems);

/// <summary>A version to show.</summary>
/// <param name="Version">As stored.</param>
/// <param name="Document">The authored document.</param>
public sealed record ShownVersion(WorkflowVersion Version, Value Document);

/// <summary>Two versions side by side.</summary>
/// <param name="From">The number of the first.</param>
/// <param name="To">The number of the second.</param>
/// <param name="Diff">What changed, an object.</param>
public sealed record ComparedVersions(int From, int To, Value Diff);

/// <summary>A document to keep.</summary>
/// <param name="Text">Its text, UTF-8.</param>
/// <param name="Format">Its format.</param>
public sealed record ExportedDocument(ReadOnlyMemory<byte> Text, DocumentFormat Format);
