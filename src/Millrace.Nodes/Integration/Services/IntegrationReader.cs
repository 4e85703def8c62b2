using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

/// <summary>Reads and checks documents of integrations.</summary>
public static class IntegrationReader
{
    /// <summary>The most operations of one.</summary>
    public const int MaxOperations = 200;

    private const int MaxAtOnce = 10_000;
    private const double FastestRate = 100_000;
    private static readonly Value DocumentSchema = ConfigSchema.Derive(typeof(IntegrationDocument));
    private static readonly Schema Compiled = Schema.Compile(DocumentSchema, out _)
        ?? throw new InvalidOperationException("The schema of integrations is not in the subset.");

    /// <summary>Reads one, and says all that is wrong with it.</summary>
    public static IntegrationReading Read(MapValue authored)
    {
        var problems = new List<Problem>();
        var document = DocumentFields.Canonical(DocumentSchema, authored, "", problems).AsMap();
        Compile("new", document, new CallLimit(null, null), problems);
        return new(problems.Count == 0 ? document : null, [.. problems]);
    }

    /// <summary>Compiles one; null with problems added.</summary>
    internal static Service? Compile(string name, MapValue map, CallLimit? limit, List<Problem> problems)
    {
        var before = problems.Count;
        foreach (var wrong in Compiled.Validate(map))
            problems.Add(
                new(
                    wrong.Keyword is "required" ? "" : wrong.Pointer,
                    wrong.Keyword switch { "required" => "missing_field", "type" => "wrong_type", _ => "invalid_value" },
                    wrong.Message));
        if (problems.Count > before)
            return null;
        if (ConfigBinder.TryBind<IntegrationDocument>(map, out var unfit) is not { } document)
        {
            problems.Add(new(unfit!.Pointer, "invalid_value", unfit.Message));
            return null;
        }
        CheckAddress(document.BaseUrl, problems);
        CheckLimits(document, problems);
        Credentials.CheckHeaders(document.Headers, "/headers", problems);
        var shared =
            Templates.Compile(MapValue.Of(("auth", ((Value)map)["auth"]), ("headers", ((Value)map)["headers"])), "", [], "/", problems);
        if (document.Auth is { } auth && HttpAuthentication.Problem(auth) is { } incomplete)
            problems.Add(new("/auth", "missing_field", incomplete));
        if (shared is not null)
            Credentials.CheckAuth(((Value)map)["auth"], shared, problems);
        var operations = Operations(document, problems);
        return problems.Count > before ? null : new Service
        {
            Name = name,
            Document = document,
            BaseUrl = new Uri(document.BaseUrl),
            Shared = shared!,
            Operations = operations,
            Limit = limit is not null && limit.Is(document.Limits?.Concurrency, document.Limits?.Interval)
                ? limit
                : new CallLimit(document.Limits?.Concurrency, document.Limits?.Interval),
        };
    }

    private static void CheckAddress(string url, List<Problem> problems)
    {
        var problem = Schema.IsTemplate(url) ? "'baseUrl' cannot be a template, because data must not decide where credentials are sent."
            : HttpCallBuilder.UrlProblem(url)
                ?? (
                    new Uri(url) is { Query.Length: 0, Fragment.Length: 0 }
                        ? null
                        : $"'{url}' has a query or a fragment. Remove it; give query parameters in operations or params.");
        if (problem is not null)
            problems.Add(new("/baseUrl", "invalid_value", problem));
    }

    private static void CheckLimits(IntegrationDocument document, List<Problem> problems)
    {
        if (document.Limits is { } limits)
        {
            if (limits.Concurrency is < 1 or > MaxAtOnce)
                problems.Add(
                    new(
                        "/limits/concurrency",
                        "invalid_value",
                        $"'concurrency' is {limits.Concurrency}. Use a number from 1 to {MaxAtOnce}, or omit it for no limit."));
            CheckRate("ratePerSecond", limits.RatePerSecond, problems);
            CheckRate("ratePerMinute", limits.RatePerMinute, problems);
            if (limits is { RatePerSecond: not null, RatePerMinute: not null })
                problems.Add(new("/limits", "invalid_value", "Use either 'ratePerSecond' or 'ratePerMinute', not both."));
        }
        if (document.Timeout <= TimeSpan.Zero || document.Timeout > IntegrationNode.MaxTimeout)
            problems.Add(
                new("/timeout", "invalid_value", $"'timeout' must be positive and at most {Durations.ToIso(IntegrationNode.MaxTimeout)}."));
    }

    private static void CheckRate(string name, double? rate, List<Problem> problems)
    {
        if (rate is { } given && !(given is > 0 and <= FastestRate && given >= 1d / 1440))
            problems.Add(
                new(
                    "/limits/" + name,
                    "invalid_value",
                    $"'{name}' is {given.ToString(CultureInfo.InvariantCulture)}. Use a number of at most "
                        + $"{FastestRate.ToString(CultureInfo.InvariantCulture)} and at least one a day, or omit it for no limit."));
    }

    private static ImmutableDictionary<string, ServiceOperation> Operations(IntegrationDocument document, List<Problem> problems)
    {
        var operations = ImmutableDictionary.CreateBuilder<string, ServiceOperation>(StringComparer.Ordinal);
        if (document.Operations?.Count > MaxOperations)
            problems.Add(
                new(
                    "/operations",
                    "invalid_value",
                    $"There are {document.Operations.Count} operations; an integration has at most {MaxOperations}."));
        foreach (var (name, operation) in document.Operations ?? ImmutableDictionary<string, OperationDocument>.Empty)
        {
            var pointer = "/operations/" + JsonPointer.Escape(name);
            if (!IntegrationNames.IsName(name))
                problems.Add(new(pointer, "invalid_id", $"'{name}' cannot be an operation's name: {IntegrationNames.Rule}."));
            else if (ServiceOperation.Compile(operation, pointer, problems) is { } compiled)
                operations[name] = compiled;
        }
        return operations.ToImmutable();
    }
}
