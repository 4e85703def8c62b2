using Millrace.Core.Values;
using Millrace.Server.Http;

namespace Millrace.Server.Workers;

/// <summary>Reads how a task ended, into what its node is told (<see cref="Core.Nodes.TaskAnswer"/>).</summary>
internal static class TaskAnswerBody
{
    private const int MaxNameLength = 64;
    private const int MaxMessageLength = 10_000;
    private const int MaxLines = 1_000;

    private static readonly string[] Levels = ["debug", "info", "warn", "error"];

    /// <summary>{output?, port?, meta?, logs?}, or {success, message?, outputData?}.</summary>
    public static MapValue Completion(BodyFields fields)
    {
        var success = fields.Any("success");
        if (success.IsNull)
            return Completed(fields, fields.Any("output"));
        if (!success.TryGetBool(out var succeeded))
            fields.Wrong("success", "'success' must be true or false.");
        var message = fields.Text("message", MaxMessageLength);
        if (!succeeded)
            return Failed(fields, "failed", message ?? "The worker reported a failure without a reason.");
        var completed = Completed(fields, fields.Any("outputData", "output"));
        return message is null ? completed : completed.With("logs", ListValue.Create([.. Lines(fields), Line("info", message, default)]));
    }

    /// <summary>{message, type?, retryable?, details?, logs?}.</summary>
    public static MapValue Failure(BodyFields fields) =>
        Failed(fields, fields.Text("type", MaxNameLength) is { Length: > 0 } type ? type : "failed", fields.RequiredText("message", MaxMessageLength));

    private static MapValue Completed(BodyFields fields, Value output) => new MapBuilder()
        .SetIfPresent("output", output)
        .SetIfPresent("port", fields.Text("port", MaxNameLength))
        .SetIfPresent("meta", fields.Map("meta") is { Count: > 0 } meta ? meta : Value.Null)
        .SetIfPresent("logs", Lines(fields) is { Count: > 0 } lines ? ListValue.Create(lines) : Value.Null)
        .Build();

    private static MapValue Failed(BodyFields fields, string type, string message)
    {
        var isFinal = fields.OptionalFlag("retryable") is false;
        var error = new MapBuilder().Set("type", type).Set("message", message).Set("retryable", !isFinal).SetIfPresent("details", fields.Any("details", "outputData"));
        return new MapBuilder().Set("error", error.Build()).SetIfPresent("logs", Lines(fields) is { Count: > 0 } lines ? ListValue.Create(lines) : Value.Null).Build();
    }

    private static IReadOnlyList<Value> Lines(BodyFields fields) => fields.Each("logs", MaxLines, "{level?, message, data?}", ReadLine) ?? [];

    private static Value ReadLine(BodyFields fields)
    {
        var (level, message, data) = (fields.Any("level"), fields.Any("message"), fields.Any("data"));
        var name = level.IsNull ? "info" : level.TryGetString(out var given) ? given : "";
        if (message.TryGetString(out var text) && text.Length <= MaxMessageLength && Levels.Contains(name, StringComparer.Ordinal))
            return Line(name, text, data);
        fields.WrongAsWhole($"A line must be {{level?, message, data?}} with a level of {string.Join(", ", Levels)} and a message of at most {MaxMessageLength} characters.", "wrong_type");
        return Value.Null;
    }

    private static Value Line(string level, string message, Value data) => new MapBuilder().Set("level", level).Set("message", message).SetIfPresent("data", data).Build();
}
