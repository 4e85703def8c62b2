using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

/// <summary>Finds credentials that stand in the clear, where only a reference to a secret may.</summary>
internal static class Credentials
{
    private static readonly ImmutableArray<string> AuthFields =
    [
        "password", "token", "value", "clientSecret", "secretAccessKey", "sessionToken",
    ];
    private static readonly ImmutableArray<string> Telling =
    [
        "authorization", "cookie", "credential", "token", "secret", "password", "apikey", "api_key", "api-key", "access_key", "access-key",
    ];

    /// <summary>Checks the fields of 'auth' that are credentials.</summary>
    /// <param name="auth">As it was written.</param>
    /// <param name="shared">The template that it is part of, as its "auth".</param>
    /// <param name="problems">Receives the problems found.</param>
    public static void CheckAuth(Value auth, SecretTemplate shared, List<Problem> problems)
    {
        foreach (var field in AuthFields)
        {
            if (auth[field].TryGetString(out var text) && text.Length > 0 && !shared.HasSecretAt("auth", field))
                problems.Add(InTheClear("/auth/" + field, field));
        }
    }

    /// <summary>Checks headers: what they are called tells which of them are credentials.</summary>
    public static void CheckHeaders(IReadOnlyDictionary<string, Value>? headers, string pointer, List<Problem> problems)
    {
        foreach (var (name, value) in headers ?? ImmutableDictionary<string, Value>.Empty)
        {
            if (HttpCallBuilder.HeaderProblem(name, Schema.IsTemplate(value) ? "" : Text.Of(value)) is { } problem)
                problems.Add(new($"{pointer}/{JsonPointer.Escape(name)}", "invalid_value", problem));
            else if ((Tells(name) || name.EndsWith("-Key", StringComparison.OrdinalIgnoreCase))
                && !name.Equals("Idempotency-Key", StringComparison.OrdinalIgnoreCase)
                && IsLiteral(value))
                problems.Add(InTheClear($"{pointer}/{JsonPointer.Escape(name)}", name));
        }
    }

    /// <summary>Checks query parameters likewise.</summary>
    public static void CheckQuery(IReadOnlyDictionary<string, Value>? query, string pointer, List<Problem> problems)
    {
        foreach (var (name, value) in query ?? ImmutableDictionary<string, Value>.Empty)
        {
            if (Tells(name) && IsLiteral(value))
                problems.Add(
                    new(
                        $"{pointer}/{JsonPointer.Escape(name)}",
                        "literal_credential",
                        $"'{name}' looks like a plain-text credential. Use auth {{type: query, name: {name}, value: "
                            + $"\"{{{{secrets.NAME}}}}\"}}, with a secret from PUT /api/v1/secrets/NAME."));
        }
    }

    private static Problem InTheClear(string pointer, string name) =>
        new(
            pointer,
            "literal_credential",
            $"'{name}' is a plain-text credential. Store it as a secret with PUT /api/v1/secrets/NAME, and write {{{{secrets.NAME}}}} "
                + "here.");

    private static bool IsLiteral(Value value) => !value.IsNull && Text.Of(value).Length > 0 && !Schema.IsTemplate(value);

    private static bool Tells(string name) => Telling.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
