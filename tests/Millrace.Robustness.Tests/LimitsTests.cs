using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using Millrace.Engine.History;
using Millrace.Engine.Retention;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Nodes;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests;

/// <summary>docs/limits.md says what the code does.</summary>
public sealed class LimitsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly Dictionary<string, string> Rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "limits.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Limit |", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(cells => cells[1], cells => cells[2], StringComparer.Ordinal);

    [Fact]
    public void Every_documented_number_is_the_one_in_the_code()
    {
        var actual = Actual();
        Assert.Equal(actual.Keys.Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(actual, limit => Assert.True(Parse(Rows[limit.Key]) == limit.Value, $"'{limit.Key}' is {limit.Value} in the code and {Rows[limit.Key]} in the documentation."));
    }

    [Fact]
    public void Every_limit_of_a_definition_is_documented()
    {
        var documented = Definitions().Values.ToList();
        var constants = typeof(DefinitionLimits).GetFields().Select(field => Convert.ToDecimal(field.GetRawConstantValue(), CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(constants.Order(), documented.Order());
    }

    private Dictionary<string, decimal> Actual()
    {
        var all = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var part in (Dictionary<string, decimal>[])[Requests(), Definitions(), OtherDefinitions(), Expressions(), Schemas(), Engine(), Nodes(), Workers()])
        {
            foreach (var (name, value) in part)
                all.Add(name, value);
        }
        return all;
    }

    private Dictionary<string, decimal> Requests()
    {
        var kestrel = server.Server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal(TimeSpan.FromSeconds(5), kestrel.MinRequestBodyDataRate!.GracePeriod);
        Assert.Equal(RequestBody.Limit, kestrel.MaxRequestBodySize);
        return new(StringComparer.Ordinal)
        {
            ["Bytes of a body"] = RequestBody.Limit,
            ["Signals of an execution that wait to be taken; one that a node waits for is always accepted"] = Millrace.Engine.Runtime.WorkflowEngine.MaxSignals,
            ["Characters of a signal's name"] = Millrace.Engine.Operations.Executions.ExecutionControl.MaxNameLength,
            ["Characters of an approval's comment"] = Millrace.Engine.Operations.Approvals.ApprovalAnswers.MaxCommentLength,
            ["Nested objects and lists of a JSON body"] = ValueJson.MaxDepth,
            ["Bytes of the request line"] = kestrel.MaxRequestLineSize,
            ["Bytes of all headers"] = kestrel.MaxRequestHeadersTotalSize,
            ["Headers"] = kestrel.MaxRequestHeaderCount,
            ["Slowest body, bytes a second"] = (decimal)kestrel.MinRequestBodyDataRate.BytesPerSecond,
            ["Time for the headers to come"] = Milliseconds(kestrel.RequestHeadersTimeout),
            ["Open files that connections leave to the rest of the server"] = ConnectionLimit.ReservedFiles,
            ["Memory that each connection is counted with"] = ConnectionLimit.ConnectionBytes,
            ["Time that an idle connection is kept"] = Milliseconds(kestrel.KeepAliveTimeout),
            ["Characters of an `Idempotency-Key`"] = OfServer("Http.IdempotencyHeader", "Longest"),
            ["Longest `?wait=`"] = Millrace.Engine.Operations.Executions.ExecutionStarts.MaxWait * 1_000,
            ["Unknown fields of a request that are named"] = OfServer("Http.BodyFields", "MaxUnknown"),
            ["Characters of an unknown field's name that are shown"] = OfServer("Http.BodyFields", "MaxNameLength"),
            ["Entries of a page, usually"] = OfServer("Http.Paging", "DefaultLimit"),
            ["Entries of a page, at most"] = OfServer("Http.Paging", "LargestLimit"),
            ["Events of a journal page, usually"] = OfServer("Executions.ExecutionDetailRoutes", "DefaultEvents"),
            ["Events of a journal page, at most"] = OfServer("Executions.ExecutionDetailRoutes", "MaxEvents"),
            ["Log lines of a page, usually"] = OfServer("Executions.ExecutionLogRoutes", "DefaultLines"),
            ["Log lines of a page, at most"] = OfServer("Executions.ExecutionLogRoutes", "MaxLines"),
            ["Bytes of a page of a journal or log"] = JournalReader.PageBytes,
            ["Bytes of a journal that are searched for a page of its log"] = JournalReader.SearchedBytes,
            ["Lines of a polled log, usually"] = OfServer("Executions.ExecutionLogRoutes", "DefaultLines"),
            ["Lines of a polled log, at most"] = OfServer("Executions.ExecutionLogRoutes", "MaxLines"),
            ["Bytes of values on a page of node runs"] = Millrace.Engine.History.NodeRunReader.PageBytes,
            ["Bytes of values on a page of executions"] = Millrace.Engine.Operations.Executions.ExecutionReads.PageBytes,
            ["Executions that a search with `q` looks through for a page"] = ExecutionPage.MaxSearched,
            ["Characters of `q` in a list of executions"] = Millrace.Engine.Operations.Executions.ExecutionReads.MaxTextLength,
            ["Errors of earlier attempts that a node run lists"] = Millrace.Core.Executions.RunPlaces.MaxFailures,
            ["Characters of a `correlationId`"] = Millrace.Engine.Operations.Executions.ExecutionStarts.MaxCorrelationIdLength,
            ["Characters of a cancel's `reason`"] = Millrace.Engine.Operations.Executions.ExecutionControl.MaxReasonLength,
            ["Characters of a token (JWT)"] = OfServer("Access.Jwt.TokenRules", "MaxTokenLength"),
            ["Characters of a secret's name"] = Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Secrets.SecretNames", "Longest"),
            ["Hosts of a secret"] = Millrace.Engine.Secrets.SecretHosts.Most,
        ["Characters of a secret's value"] = Millrace.Engine.Operations.Secrets.SecretOperations.MaxValueLength,
            ["Events of a batch"] = OfServer("Events.Publishing.PublishedEventReader", "MaxEvents"),
            ["Fields of a form that a webhook gets"] = OfServer("Webhooks.WebhookBody", "MaxFields"),
            ["Files of a form that a webhook gets"] = OfServer("Webhooks.WebhookBody", "MaxFiles"),
        };
    }

    private static Dictionary<string, decimal> Definitions() => new(StringComparer.Ordinal)
    {
        ["Bytes of a document"] = DefinitionLimits.DocumentBytes,
        ["Values of a document"] = DefinitionLimits.DocumentValues,
        ["Nested objects and lists"] = DefinitionLimits.Depth,
        ["Characters of a key"] = DefinitionLimits.KeyLength,
        ["Characters of all keys that lead to a value"] = DefinitionLimits.PathLength,
        ["Values that YAML aliases repeat"] = DefinitionLimits.AliasedValues,
        ["Nodes"] = DefinitionLimits.Nodes,
        ["Edges"] = DefinitionLimits.Edges,
        ["Triggers"] = DefinitionLimits.Triggers,
        ["Tags"] = DefinitionLimits.Tags,
        ["Variables"] = DefinitionLimits.Variables,
        ["Gate conditions of a node"] = DefinitionLimits.Conditions,
        ["Characters of a node's id"] = DefinitionLimits.NodeIdLength,
        ["Characters of a name, tag or version label"] = DefinitionLimits.NameLength,
        ["Characters of a description or note"] = DefinitionLimits.DescriptionLength,
        ["Attempts of a retry policy"] = DefinitionLimits.Attempts,
        ["Priority, either way"] = DefinitionLimits.Priority,
        ["Slots of `concurrency`, starts of `rateLimit`"] = DefinitionLimits.StartLimit,
        ["US dollars of a `budget`"] = DefinitionLimits.BudgetMoney,
        ["Tokens or calls of a `budget`"] = DefinitionLimits.BudgetCount,
        ["Characters of a limit's rendered key"] = DefinitionLimits.LimitKeyLength,
        ["Nodes up to which the order of references is checked"] = DefinitionLimits.OrderChecks,
    };

    private static Dictionary<string, decimal> OtherDefinitions() => new(StringComparer.Ordinal)
    {
        ["Characters of a workflow's id"] = Longest(Engine_IsId),
        ["Longest duration"] = Milliseconds(Durations.Longest),
        ["Problems reported at once"] = OfCore("Definitions.ProblemList", "Limit"),
    };

    private static Dictionary<string, decimal> Expressions() => new(StringComparer.Ordinal)
    {
        ["Characters of an expression"] = OfCore("Expressions.Syntax.Parser", "MaxLength"),
        ["Nesting of an expression in its source"] = OfCore("Expressions.Syntax.Parser", "MaxNesting"),
        ["Nesting of operations when evaluated"] = EvaluationLimits.Default.MaxDepth,
        ["Steps of an evaluation"] = EvaluationLimits.Default.MaxCost,
        ["Bytes of what an evaluation makes"] = EvaluationLimits.Default.MaxOutput,
        ["Nesting of a result"] = JsonNormalizer.MaxDepth,
        ["Nesting of a tree of templates"] = OfCore("Expressions.TemplateParser", "MaxDepth"),
        ["Characters of a pattern for `matches`"] = OfCore("Expressions.Operations.Matches", "MaxLength"),
        ["States of a pattern, repetitions written out"] = OfCore("Patterns.Pattern", "MaxSize"),
        ["Groups of a pattern in each other"] = OfCore("Patterns.PatternParser", "MaxDepth"),
        ["Ranges of characters in the classes of a pattern"] = OfCore("Patterns.PatternCursor", "MaxRanges"),
        ["Count of one repetition in a pattern"] = OfCore("Patterns.PatternParser", "MaxCount"),
    };

    private static Dictionary<string, decimal> Schemas() => new(StringComparer.Ordinal)
    {
        ["Nesting of a schema"] = OfCore("Schemas.SchemaCompiler", "DeepestSchema"),
        ["Parts of a schema"] = OfCore("Schemas.SchemaCompiler", "MaxSchemas"),
        ["Characters of a `pattern`"] = OfCore("Schemas.AssertionKeywords", "MaxPatternLength"),
        ["Steps to check a value"] = OfCore("Schemas.SchemaRun", "MaxSteps"),
        ["Recursion while checking"] = OfCore("Schemas.SchemaRun", "DeepestRecursion"),
        ["Mismatches reported"] = OfCore("Schemas.SchemaRun", "MaxProblems"),
    };

    private static Dictionary<string, decimal> Engine()
    {
        var options = new EngineOptions();
        return new(StringComparer.Ordinal)
        {
            ["Events of an execution without a stored list of node runs"] = OfRuns("MaxEvents"),
            ["Journal of an execution without a stored list of node runs"] = OfRuns("MaxBytes"),
            ["Executions in memory"] = options.MaxResidentExecutions,
            ["Writes that wait for the disk"] = Committer.MaxWaiting,
            ["Effects at once"] = options.MaxConcurrentEffects,
            ["Steps of an effect"] = Millrace.Core.Executions.StepRecord.MaxSteps,
            ["Characters of a step's name"] = Millrace.Core.Executions.StepRecord.MaxNameLength,
            ["Bytes of a step's result as JSON"] = Millrace.Core.Executions.StepRecord.MaxOutputBytes,
            ["Time for one attempt of an effect"] = Milliseconds(options.DefaultEffectTimeout),
            ["Grace for running effects after a cancel"] = Milliseconds(options.CancelGrace),
            ["Grace for running effects at shutdown"] = Milliseconds(options.DrainGrace),
            ["Compiled workflow versions kept"] = Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Workflows.WorkflowLibrary", "CachedVersions"),
            ["Entries of a cache of what is stored"] = CacheBounds.Usual.MaxEntries,
            ["Time that a cached entry may be out of date if it was not told of a change"] = Milliseconds(CacheBounds.Usual.MaxAge),
            ["Bytes of a value's JSON in the journal"] = StoredValues.LargestInline,
            ["Bytes of a cached result's JSON"] = Millrace.Engine.Caching.ResultCache.MaxValueLength,
            ["Characters of a cache key"] = Millrace.Engine.Caching.CacheAddress.MaxKeyLength,
            ["Executions deleted in one commit"] = ExecutionDeletion.Piece,
            ["Time that a blob nobody refers to is left alone"] = Milliseconds(options.Retention.BlobGrace),
            ["Bytes of events that are held for a reader"] = Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Feed.FeedSubscription", "MaxBytes"),
            ["Bytes of events that are read at a time for a reader"] = Millrace.Engine.Feed.EventFeed.PageBytes,
            ["Bytes of commits larger than that which are held for all readers"] =
                Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Feed.LargeCommits", "MaxBytes"),
            ["Blobs that are written at once"] =
                Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Blobs.BoundedBlobStore", "MaxParallelPuts"),
            ["Time between tries to write or read a blob, at most"] =
                Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Runtime.Backoff", "Most"),
            ["Time that a reader may take nothing"] = 2 * Milliseconds(Millrace.Server.Events.StreamKeeper.Interval),
        };
    }

    private static Dictionary<string, decimal> Nodes() => new(StringComparer.Ordinal)
    {
        ["Time for an HTTP request"] = OfNodes("Http.HttpNode", "UsualTimeout"),
        ["Time to connect"] = OfNodes("Http.OutgoingHttp", "ConnectTimeout"),
        ["Bytes of an HTTP response, usually"] = OfNodes("Http.HttpConfig", "UsualResponseBytes"),
        ["Bytes of an HTTP response, at most"] = OfNodes("Http.HttpRequests", "MaxResponseBytes"),
        ["Headers of an HTTP response"] = OfNodes("Http.OutgoingHttp", "MaxHeaderKibibytes") * 1_024,
        ["Redirects"] = OfNodes("Http.HttpExchange", "MaxRedirects"),
        ["Bytes of an HTTP request's body"] = OfNodes("Http.HttpBody", "Limit"),
        ["Pages of an HTTP request, usually"] = OfNodes("Http.HttpPagination", "UsualPages"),
        ["Pages of an HTTP request, at most"] = OfNodes("Http.HttpPagination", "PageLimit"),
        ["Tokens of OAuth2 that are kept"] = OfNodes("Http.OAuthTokens", "MaxKept"),
        ["Time that a token of OAuth2 is kept, at most"] = OfNodes("Http.OAuthTokens", "MaxLife"),
        ["Bytes of an error's body that are kept"] = OfNodes("Http.HttpFailures", "DetailBytes"),
        ["Longest `Retry-After` that is heeded"] = OfNodes("Http.HttpFailures", "MaxRetryAfter"),
        ["Integrations of a tenant"] = Millrace.Engine.Integrations.IntegrationLibrary.Most,
        ["Bytes of an integration"] = Millrace.Engine.Integrations.IntegrationLibrary.MaxDocumentBytes,
        ["Operations of an integration"] = Millrace.Nodes.Integration.Services.IntegrationReader.MaxOperations,
        ["Integrations kept ready to be called"] = OfNodes("Integration.Services.IntegrationDirectory", "MaxKept"),
        ["Time for a call of an integration, usually"] = Milliseconds(new Millrace.Nodes.Integration.Services.IntegrationDocument { BaseUrl = "" }.Timeout),
        ["Time for a call of an integration, at most"] = Milliseconds(Millrace.Nodes.Integration.Services.IntegrationNode.MaxTimeout),
        ["Bytes that `storage` puts or gets as a value"] = OfNodes("Integration.StoredContent", "Limit"),
        ["Bytes that `storage` puts or gets as a file"] = OfNodes("Integration.StoredContent", "FileLimit"),
        ["Files that a storage listing looks at"] = OfNodes("Integration.FileStorage", "MaxFiles"),
        ["Characters of a storage key"] = OfNodes("Integration.StorageKeys", "MaxKeyLength"),
        ["Bytes of an answer of the orchestrator or the RAG service"] = OfNodes("Orchestration.ServiceClient", "MaxBytes"),
        ["Characters of the name of a tool, agent or conversation"] = OfNodes("Orchestration.ServiceClient", "MaxNameLength"),
        ["Bytes of a published event's JSON"] = Millrace.Engine.Events.CloudEvent.LargestBytes,
        ["Characters of an event's id or type"] = Millrace.Engine.Events.CloudEvent.MaxNameLength,
        ["Characters of an event's source or subject"] = Millrace.Engine.Events.CloudEvent.MaxReferenceLength,
        ["Characters of the name of an event's attribute"] = Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Events.CloudEventReader", "MaxAttributeLength"),
        ["Signatures of one call of a webhook"] = OfServer("Webhooks.Callers.SignatureChecks", "MaxSignatures"),
        ["Age of a webhook's signature, at most"] = Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Webhooks.CallerAuthentication", "MaxTolerance"),
        ["Time for a task of the orchestrator"] = OfNodes("Orchestration.ServiceClient", "MaxTaskTime"),
        ["Documents of a `rag` node"] = OfNodes("Orchestration.RagNode", "MaxDocuments"),
        ["Characters of a webhook's path"] = OfNodes("Integration.WebhookNode", "MaxPathLength"),
        ["Time for a code node"] = OfNodes("Code.CodeRuntime", "UsualTimeout"),
        ["Memory of code, usually"] = OfNodes("Code.CodeRuntime", "UsualMebibytes") * 1_024 * 1_024,
        ["Memory of code, at most"] = OfNodes("Code.CodeNode", "MaxMebibytes") * 1_024 * 1_024,
        ["Bytes of code's result"] = OfNodes("Code.Sandboxing.Interpreter", "MaxFrameBytes"),
        ["Bytes that code may print"] = OfNodes("Code.Sandboxing.Interpreter", "MaxOutputBytes"),
        ["Threads of Python code"] = Millrace.Nodes.Code.Languages.PythonLanguage.MaxThreads,
        ["Files that code may have open"] = OfNodes("Code.Languages.PythonLanguage", "MaxFiles"),
        ["Bytes of code's own folder"] = OfNodes("Code.Sandboxing.Walls", "DiskBytes"),
    };

    private static Dictionary<string, decimal> Workers() => new(StringComparer.Ordinal)
    {
        ["Node types of a tenant's workers"] = Millrace.Engine.Workers.WorkerTypes.MaxTypes,
        ["Node types of a registration or a poll"] = Millrace.Engine.Operations.Workers.WorkerOperations.MaxTypes,
        ["Characters of a worker's name"] = Millrace.Engine.Operations.Workers.WorkerOperations.MaxWorkerLength,
        ["Bytes of a node type's schema"] = Millrace.Engine.Workers.WorkerTypeReader.LargestSchema,
        ["Ports of a worker's node type"] = Millrace.Engine.Workers.WorkerTypeReader.MaxPorts,
        ["Tasks of a type at once, where it limits them"] = Millrace.Engine.Workers.WorkerTypeReader.MaxConcurrency,
        ["Tasks of a poll"] = Millrace.Engine.Operations.Workers.WorkerOperations.MaxTasks,
        ["Time that a poll waits, usually"] = OfServer("Workers.WorkerRoutes", "UsualWait") * 1_000,
        ["Time that a poll waits, at most"] = Millrace.Engine.Operations.Workers.WorkerOperations.MaxWait * 1_000,
        ["Lease, usually"] = OfWorkers("UsualLease"),
        ["Lease, at most"] = OfWorkers("MaxLease"),
        ["Bytes of a task's progress"] = Millrace.Engine.Operations.Workers.WorkerOperations.LargestProgress,
        ["Log lines of a task"] = OfServer("Workers.TaskAnswerBody", "MaxLines"),
        ["Characters of a task's message"] = OfServer("Workers.TaskAnswerBody", "MaxMessageLength"),
    };

    private static decimal Longest(Func<string, bool> isAllowed) => Enumerable.Range(1, 10_000).TakeWhile(length => isAllowed(new string('a', length))).Last();

    private static bool Engine_IsId(string text) => Millrace.Engine.Workflows.WorkflowLibrary.IsId(text);

    private static decimal OfCore(string type, string field) => Of(typeof(DefinitionLimits).Assembly, "Millrace.Core." + type, field);

    private static decimal OfNodes(string type, string field) => Of(typeof(BuiltInNodes).Assembly, "Millrace.Nodes." + type, field);

    private static decimal OfServer(string type, string field) => Of(typeof(RequestBody).Assembly, "Millrace.Server." + type, field);

    private static decimal OfRuns(string field) => Of(typeof(EngineOptions).Assembly, "Millrace.Engine.History.RunProjection", field);

    private static decimal OfWorkers(string field) => Of(typeof(EngineOptions).Assembly, "Millrace.Engine.Operations.Workers.WorkerOperations", field);

    private static decimal Of(Assembly assembly, string type, string field)
    {
        var found = assembly.GetType(type)?.GetField(field, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        Assert.True(found is not null, $"There is no {type}.{field}; the test of docs/limits.md looks for it.");
        return found.GetValue(null) is TimeSpan time ? Milliseconds(time) : Convert.ToDecimal(found.GetValue(null), CultureInfo.InvariantCulture);
    }

    private static decimal Milliseconds(TimeSpan time) => (decimal)time.TotalMilliseconds;

    // A number with thousands separated, and a unit: times become milliseconds.
    private static decimal Parse(string text)
    {
        var parts = text.Split(' ');
        var factor = parts.Length == 1 ? 1 : parts[1] switch
        {
            "KiB" => 1_024,
            "MiB" => 1_024 * 1_024,
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "days" => 86_400_000,
            var unit => throw new FormatException($"'{unit}' is no unit of docs/limits.md."),
        };
        return decimal.Parse(parts[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) * factor;
    }
}
