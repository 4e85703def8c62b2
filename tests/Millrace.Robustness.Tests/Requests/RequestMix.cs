using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Fuzz.Generation;
using Millrace.Fuzz.Targets;
using Millrace.Robustness.Tests.Connections;
using Millrace.Robustness.Tests.Documents;

namespace Millrace.Robustness.Tests.Requests;

/// <summary>All hostile requests, the same ones from the same seed.</summary>
internal sealed class RequestMix(Random random, Subjects subjects, IReadOnlyList<Route> routes)
{
    private static readonly string[] Bodies =
    [
        """{"input": {"value": 1, "x": 2, "items": [{"n": 1}]}, "inputs": {"one": 1}, "variables": {"v": true}, "version": 1, "priority": 3, "correlationId": "c", "callbacks": []}""",
        """{"workflowId": "sum", "inputs": {"start": {"x": 1}}, "organizationId": "o"}""",
        """{"expression": "input.x + 1", "context": {"input": {"x": 2}}, "template": false}""",
        """{"expression": "a {{ input.x }} b", "context": {"input": {"x": [1, {"y": null}]}}, "template": true}""",
        """{"reason": "no longer wanted"}""",
    ];

    private static readonly string[] Fields =
    [
        "input", "inputs", "variables", "version", "priority", "callbacks", "correlationId", "correlation_id", "input_data", "inputData", "params", "workflowId", "workflow_id", "organizationId", "expression", "context", "template", "reason", "name", "nodes", "id",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "get", "FOO", "M-SEARCH"];

    private readonly TreeMutation _trees = new([.. Fields, "a", "", "$type"], Vocabulary.DefinitionScalars);
    private readonly ByteMutation _bytes = new(Vocabulary.JsonTokens);
    private readonly ExpressionGrammar _expressions = new();

    public static IReadOnlyList<RawRequest> Create(int count, int seed, Subjects subjects, IReadOnlyList<Route> routes)
    {
        var mix = new RequestMix(new Random(seed), subjects, routes);
        List<RawRequest> requests =
        [
            .. mix.NastyBodies(), .. mix.WrongFields(), .. mix.Some(mix.WrongDocuments(), 4_500), .. mix.Some(mix.WrongConfigs(), 3_000), .. mix.OddTargets(), .. mix.OddHeaders(),
        ];
        if (requests.Count > count)
            throw new InvalidOperationException($"The fixed requests alone are {requests.Count}.");
        var generators = new Func<RawRequest>[] { mix.OddQuery, mix.OddPath, mix.Body, mix.Document, mix.Document, mix.Expression, mix.Input };
        for (var i = 0; requests.Count < count; i++)
            requests.Add(generators[i % generators.Length]());
        var order = requests.ToArray();
        mix.Shuffle(order);
        return order;
    }

    private IEnumerable<RawRequest> NastyBodies()
    {
        string[] documents = ["/api/v1/workflows/validate", "/api/v1/workflows", "/api/v1/workflows?draft=true", "/api/v1/workflows/import"];
        string[] others = ["/api/v1/workflows/sum/execute?wait=2", "/webhooks/hit", "/api/v1/secrets/a",  "/api/v1/expressions/evaluate", "/api/workflows/execute", $"/api/v1/executions/{subjects.Victims[1]}/cancel"];
        foreach (var body in Nasty.Json())
        {
            foreach (var target in (string[])[.. documents, .. others])
                yield return RawRequest.Json(MethodOf(target), target, body);
        }
        foreach (var body in Nasty.Large())
        {
            foreach (var target in (string[])[.. documents, .. others])
                yield return RawRequest.Json(MethodOf(target), target, body).With(("Expect", "100-continue"));
        }
        foreach (var body in Nasty.Yaml())
        {
            foreach (var target in (string[])[.. documents, others[0]])
                yield return RawRequest.Yaml("POST", target, body);
        }
    }

    private static string MethodOf(string target) => target.Contains("/secrets/", StringComparison.Ordinal) ? "PUT" : "POST";

    private IEnumerable<RawRequest> WrongFields()
    {
        foreach (var field in Fields)
        {
            foreach (var value in WrongTypes.Values)
            {
                foreach (var target in (string[])["/api/v1/workflows/sum/execute", "/api/workflows/execute", "/api/v1/expressions/evaluate", "/webhooks/hit", $"/api/v1/executions/{subjects.Victims[1]}/cancel"])
                    yield return RawRequest.Json("POST", target, ((Value)ValueJson.Parse(Bodies[random.Next(Bodies.Length)]).AsMap().With(field, value)).ToUtf8());
            }
        }
    }

    private IEnumerable<RawRequest> WrongDocuments() => WrongTypes.OfDocuments().Select(ToDocument);

    private RawRequest ToDocument(Value document, int index) => (index % 8) switch
    {
        0 => RawRequest.Yaml("POST", "/api/v1/workflows/validate", DefinitionWriter.ToYaml(document)),
        1 => RawRequest.Json("POST", "/api/v1/workflows?draft=true", document.ToUtf8()),
        2 => RawRequest.Json("PUT", $"/api/v1/workflows/victim-{index % 10}", document.ToUtf8()),
        3 => RawRequest.Yaml("POST", "/api/v1/workflows/import", DefinitionWriter.ToYaml(document)),
        _ => RawRequest.Json("POST", "/api/v1/workflows/validate", document.ToUtf8()),
    };

    // Created under an id of its own, and executed where its type reaches nothing outside: there, a wrong config that passes must fail cleanly.
    private IEnumerable<RawRequest> WrongConfigs()
    {
        var harmless = subjects.Types.AsList().Where(Subjects.IsHarmless).Select(type => type["type"].AsString()).ToHashSet(StringComparer.Ordinal);
        var index = 0;
        foreach (var document in WrongTypes.OfConfigs(subjects.Types))
        {
            var id = $"config-{index++}";
            yield return RawRequest.Json("POST", "/api/v1/workflows", ((Value)document.AsMap().With("id", id)).ToUtf8());
            if (document["nodes"].AsList()[1]["type"].TryGetString(out var type) && harmless.Contains(type))
                yield return RawRequest.Json("POST", $"/api/v1/workflows/{id}/execute?wait=0.2", MapValueBody(("input", OddInput())));
        }
    }

    private IEnumerable<RawRequest> OddTargets()
    {
        foreach (var target in OddParts.Targets)
        {
            foreach (var method in Methods)
                yield return new RawRequest(method, target) { IsBelowHttp = true };
        }
    }

    private IEnumerable<RawRequest> OddHeaders()
    {
        foreach (var header in OddParts.Headers)
        {
            foreach (var (method, target, body) in ((string, string, string?)[])
            [
                ("GET", "/api/v1/workflows", null), ("GET", $"/api/v1/executions/{subjects.Victims[1]}/events", null), ("POST", "/api/v1/workflows/sum/execute", Bodies[0]), ("POST", "/api/v1/workflows", Server.Tests.Documents.Sum),
                ("PUT", "/api/v1/workflows/victim-1", Server.Tests.Documents.Sum), ("POST", "/webhooks/hit", "a=1&b=%ff"), ("PUT", "/api/v1/secrets/a", "{\"value\": \"v\"}"), ("DELETE", "/api/v1/workflows/victim-2", null), ("OPTIONS", "/api/v1/workflows", null), ("GET", "/health", null),
            ])
            {
                var request = new RawRequest(method, target) { Body = body is null ? null : Encoding.UTF8.GetBytes(body), Headers = [header], IsBelowHttp = true };
                yield return body is null || request.Has("Content-Type") ? request : request.With(("Content-Type", "application/json"));
            }
        }
    }

    private RawRequest OddQuery()
    {
        var gets = routes.Where(route => string.Equals(route.Method, "GET", StringComparison.Ordinal)).ToList();
        var query = string.Join('&', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{Any(OddParts.QueryNames)}={Any(OddParts.QueryValues)}"));
        if (random.Next(5) == 0)
            return RawRequest.Json("POST", $"/api/v1/workflows/{Any(subjects.Runnable)}/execute?wait={Any(OddParts.QueryValues)}&{query}", Bodies[0]);
        return new RawRequest("GET", $"{Any(gets).Fill(AnyId)}?{query}") { IsBelowHttp = true };
    }

    private RawRequest OddPath()
    {
        var route = Any(routes);
        var path = route.Fill(AnyId);
        var method = random.Next(6) == 0 ? Any(Methods) : route.Method;
        if (random.Next(4) == 0)
            path = random.Next(3) switch { 0 => path + "/", 1 => path.ToUpperInvariant(), _ => path.Replace("/api", "//api", StringComparison.Ordinal) };
        return method is "POST" or "PUT" ? RawRequest.Json(method, path, Any(Bodies)) with { IsBelowHttp = true } : new RawRequest(method, path) { IsBelowHttp = true };
    }

    private RawRequest Body()
    {
        var body = Encoding.UTF8.GetBytes(Any(Bodies));
        body = random.Next(2) == 0
            ? _bytes.Mutate(body, random, () => Encoding.UTF8.GetBytes(Any(Bodies)))
            : _trees.Mutate(ValueJson.Parse(body), random, () => ValueJson.Parse(Any(Bodies))).ToUtf8();
        var posts = routes.Where(route => string.Equals(route.Method, "POST", StringComparison.Ordinal)).ToList();
        return random.Next(3) == 0
            ? RawRequest.Json("POST", Any(posts).Fill(() => Any(subjects.Victims)), body)
            : RawRequest.Json("POST", $"/api/v1/workflows/{Any(subjects.Runnable)}/execute?wait=0.2", body);
    }

    private RawRequest Document()
    {
        var format = random.Next(2) == 0 ? DocumentFormat.Json : DocumentFormat.Yaml;
        var target = new DefinitionTarget(format);
        var body = target.Generate(random, () => Any(target.Seeds));
        var path = random.Next(4) switch { 0 => "/api/v1/workflows", 1 => "/api/v1/workflows?draft=true", 2 => "/api/v1/workflows/import", _ => "/api/v1/workflows/validate" };
        return format == DocumentFormat.Json ? RawRequest.Json("POST", path, body) : RawRequest.Yaml("POST", path, body);
    }

    private RawRequest Expression()
    {
        var source = random.Next(3) == 0
            ? Encoding.UTF8.GetString(_bytes.Mutate(Encoding.UTF8.GetBytes(Any(ExpressionGrammar.Samples)), random, () => Encoding.UTF8.GetBytes(Any(ExpressionGrammar.Samples))))
            : _expressions.Expression(random, random.Next(1, 6));
        return RawRequest.Json("POST", "/api/v1/expressions/evaluate", MapValueBody(("expression", source), ("context", ExpressionGrammar.Bindings(random)), ("template", random.Next(2) == 0)));
    }

    private RawRequest Input() =>
        RawRequest.Json("POST", $"/api/v1/workflows/{Any(subjects.Runnable)}/execute?wait=0.2", MapValueBody(("input", OddInput()), ("inputs", MapValue.Of("one", OddInput()))));

    private Value OddInput() => random.Next(3) switch
    {
        0 => Any(WrongTypes.Values),
        1 => MapValue.Of(("value", Any(Vocabulary.DefinitionScalars)), ("x", Any(WrongTypes.Values)), ("items", Any(WrongTypes.Values))),
        _ => _trees.Mutate(ValueJson.Parse(Any(Bodies)), random, () => Any(WrongTypes.Values)),
    };

    private static byte[] MapValueBody(params ReadOnlySpan<(string, Value)> fields)
    {
        Value map = MapValue.Of(fields);
        return map.ToUtf8();
    }

    private string AnyId() => random.Next(5) < 2 ? Any(subjects.Victims) : Any(OddParts.Ids);

    private T Any<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private T[] Some<T>(IEnumerable<T> items, int most)
    {
        var all = items.ToArray();
        if (all.Length <= most)
            return all;
        Shuffle(all);
        return all[..most];
    }

    private void Shuffle<T>(T[] items) => random.Shuffle(items);
}
