using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

/// <summary>Generates definitions as reading makes them: with a start, with edge ids, with canonical type and config names.</summary>
internal static class DefinitionGenerator
{
    private static readonly string[] Awkward =
    [
        "", " ", "yes", "no", "null", "~", "true", "1", "1.0", "0x1F", "1e3", "-", "- a", "a: b", "a:", ": a", "#x", "a #b", "'", "\"", "\\", "\n", "\n\n", "a\nb", "a\nb\n",
        "a\n\nb", " a\nb", "a \nb", "a\nb\n\n", "\ta", "a\tb", "\r\n", "a\rb", "\u0001", "\u007f", "\u0085", "\u00a0", "\u2028", "\ufeff", "é", "日本", "😀", "{{ input.x }}", "{a}", "[b]",
        "&x", "*x", "!x", "%x", "@x", "`x", "|", ">", "?", "? a", "---", "...", "<<", "=", "2026-01-31", "a,b", "key: |\n  x",
    ];

    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements(Awkward),
        Gen.ListOf(Gen.Elements("abc XYZ_09-.:#\n\"'{}é😀".EnumerateRunes().Select(rune => rune.ToString()).ToArray())).Select(parts => string.Concat(parts.Take(30))));

    private static readonly Gen<string> Identifier = Gen.Choose(0, 999).Select(number => $"n{number}");

    private static readonly Gen<TimeSpan> Duration = Gen.OneOf(
        Gen.Choose(0, 100_000).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds)),
        Gen.Choose(0, 1_000_000).Select(seconds => TimeSpan.FromSeconds(seconds)),
        Gen.Choose(0, int.MaxValue).Select(ticks => TimeSpan.FromTicks(ticks)));

    private static readonly Gen<Value> Scalar = Gen.OneOf(
        Gen.Constant(Value.Null),
        Gen.Elements<Value>(true, false),
        Gen.Choose(int.MinValue, int.MaxValue).Select(number => (Value)(long)number),
        Gen.Elements<Value>(long.MaxValue, long.MinValue, 0.1, -0.0, 1.0, 1e15, 1e300, double.Epsilon, double.MaxValue, -12345.678),
        Text.Select(text => (Value)text));

    private static Gen<Value> ValueOf(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (3, Scalar),
            (1, ValueOf(depth - 1).ListOf().Select(items => (Value)ListValue.Create(items.Take(4)))),
            (1, MapOf(depth - 1).Select(map => (Value)map)));

    private static Gen<MapValue> MapOf(int depth) =>
        from keys in Text.ListOf()
        from values in ValueOf(depth).ArrayOf(4)
        select MapValue.Create(keys.Distinct(StringComparer.Ordinal).Take(4).Select((key, i) => KeyValuePair.Create(key, values[i])));

    // Fields that a free config may have without being taken for something else.
    private static readonly Gen<MapValue> Config = MapOf(2).Select(map => MapValue.Of("output", map));

    private static Gen<T?> Maybe<T>(Gen<T> gen) where T : class =>
        Gen.Frequency((2, Gen.Constant<T?>(null)), (1, gen.Select(value => (T?)value)));

    private static Gen<T?> MaybeValue<T>(Gen<T> gen) where T : struct =>
        Gen.Frequency((2, Gen.Constant<T?>(null)), (1, gen.Select(value => (T?)value)));

    private static readonly Gen<RetryPolicy> Retry =
        from attempts in Gen.Choose(1, 20)
        from delay in Duration
        from most in Duration
        from backoff in Gen.Elements(Enum.GetValues<Backoff>())
        from jitter in Gen.Elements(true, false)
        from errors in Identifier.ListOf()
        select new RetryPolicy
        {
            MaxAttempts = attempts,
            Delay = delay,
            MaxDelay = most,
            Backoff = backoff,
            Jitter = jitter,
            Errors = [.. errors.Take(3)],
        };

    private static readonly Gen<GateCondition> Condition = Gen.OneOf(
        Text.Select(text => new GateCondition(text, null, null, Value.Null, default)),
        from field in Text
        from comparison in Gen.Elements("equals", "gt", "notIn")
        from operand in ValueOf(1)
        select new GateCondition(null, field, comparison, operand, default));

    private static readonly Gen<ErrorHandling> OnError = Gen.OneOf(
        Gen.Elements(ErrorHandling.Fail, new ErrorHandling(ErrorAction.Continue), new ErrorHandling(ErrorAction.Compensate)),
        Identifier.Select(id => new ErrorHandling(ErrorAction.Goto, id)));

    private static readonly Gen<NodeDefinition> Node =
        from type in Gen.Elements("noop", "worker.type")
        from name in Maybe(Text)
        from config in Config
        from conditions in Condition.ListOf()
        from flags in Gen.Elements(true, false).ArrayOf(2)
        from onError in OnError
        from retry in Maybe(Retry)
        from timeout in MaybeValue(Duration)
        from cache in Maybe(from key in Text from ttl in Duration select new CachePolicy(key, ttl))
        from compensation in Maybe(Config.Select(undo => new CompensationDefinition("noop", undo)))
        from inDoubt in MaybeValue(Gen.Elements(Enum.GetValues<InDoubtPolicy>()))
        from schema in Maybe(MapOf(1))
        from notes in Maybe(Text)
        select new NodeDefinition
        {
            Id = "",
            Type = type,
            Name = name,
            Config = config,
            Conditions = [.. conditions.Take(3)],
            BypassWhenGated = flags[0],
            Disabled = flags[1],
            OnError = onError,
            Retry = retry,
            Timeout = timeout,
            Cache = cache,
            Compensation = compensation,
            InDoubt = inDoubt,
            OutputSchema = schema,
            Position = schema is null ? Value.Null : MapValue.Of(("x", 1.5), ("y", -2)),
            Notes = notes,
        };

    private static Gen<EdgeDefinition> Edge(int nodes) =>
        from ends in Gen.Choose(0, nodes - 1).ArrayOf(2)
        from port in Maybe(Gen.Elements("true", "error", "case 1"))
        from when in Maybe(Text)
        from label in Maybe(Text.Where(text => text.Trim().ToUpperInvariant() is not "ERROR"))
        select new EdgeDefinition
        {
            Id = "",
            Source = $"n{ends[0]}",
            Target = $"n{ends[1]}",
            Port = port,
            When = when,
            Label = port is null ? null : label,
        };

    private static readonly Gen<TriggerDefinition> Trigger =
        from type in Gen.Elements(TriggerTypes.All.ToArray())
        from config in MapOf(1)
        from target in Maybe(Identifier)
        select new TriggerDefinition("", type, config, target, default);

    private static readonly Gen<ConcurrencyLimit> Concurrency =
        from limit in Gen.Choose(1, 50)
        from key in Maybe(Text)
        select new ConcurrencyLimit(limit, key);

    private static readonly Gen<StartRateLimit> Rate =
        from limit in Gen.Choose(1, 50)
        from per in Duration
        from burst in MaybeValue(Gen.Choose(1, 50))
        from key in Maybe(Text)
        select new StartRateLimit(limit, per, burst, key);

    private static readonly Gen<SpendingLimit> Budget =
        from money in Gen.Choose(0, 100_000)
        from tokens in MaybeValue(Gen.Choose(0, 1_000_000))
        from calls in MaybeValue(Gen.Choose(0, 1_000))
        select new SpendingLimit(money / 1_000m, tokens, calls);

    private static readonly Gen<WorkflowSettings> Settings =
        from timeout in MaybeValue(Duration)
        from retry in Maybe(Retry)
        from concurrency in Maybe(Concurrency)
        from rate in Maybe(Rate)
        from priority in Gen.Choose(-5, 5)
        from completed in MaybeValue(Gen.OneOf(Duration, Gen.Constant(RetentionPolicy.Forever)))
        from failed in MaybeValue(Duration)
        from budget in Maybe(Budget)
        from mcp in Maybe(MapOf(1))
        select new WorkflowSettings
        {
            Timeout = timeout,
            Retry = retry,
            Concurrency = concurrency,
            RateLimit = rate,
            Priority = priority,
            Retention = new RetentionPolicy(completed, failed),
            Budget = budget,
            Extensions = mcp is null ? MapValue.Empty : MapValue.Of("mcp", mcp),
        };

    public static readonly Gen<WorkflowDefinition> Definition =
        from nodes in Node.NonEmptyListOf()
        from edges in Edge(nodes.Count).ListOf()
        from triggers in Trigger.ListOf()
        from texts in Text.ArrayOf(3)
        from description in Maybe(Text)
        from variables in MapOf(2)
        from schema in Maybe(MapOf(1))
        from tags in Text.ListOf()
        from settings in Settings
        from active in Gen.Elements(true, false)
        select new WorkflowDefinition
        {
            Id = active ? "some-id" : null,
            Name = texts[0].Length == 0 ? "x" : texts[0],
            Description = description,
            VersionLabel = active ? texts[1] : null,
            IsActive = active,
            Nodes = [new NodeDefinition { Id = "begin", Type = "start" }, .. nodes.Select((node, i) => node with { Id = $"n{i}" })],
            Edges = [.. edges.Select((edge, i) => edge with { Id = $"e{i}" })],
            Triggers = [.. triggers.Take(3).Select((trigger, i) => trigger with { Id = $"t{i}" })],
            Variables = variables,
            InputSchema = schema,
            Tags = [.. tags.Take(3)],
            Settings = settings,
        };
}
