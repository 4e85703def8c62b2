using System.Text.Json;
using Millrace.Core.Definitions;

namespace Millrace.Engine.Operations;

/// <summary>Why an operation was not done. The set is closed, so that every transport says each of them in one place.</summary>
/// <param name="Code">A stable name, such as "already_ended".</param>
/// <param name="Message">A sentence for the caller.</param>
public abstract record Refusal(string Code, string Message)
{
    /// <summary>The caller lacks a permission.</summary>
    public sealed record Forbidden : Refusal
    {
        /// <summary>The caller lacks this permission.</summary>
        public Forbidden(Permission permission) : base(
            "forbidden", $"This needs the permission '{NameOf(permission)}', which the role {Role.Least(permission).Name} has.")
        {
        }

        /// <summary>The caller lacks a right that is about this very thing.</summary>
        public Forbidden(string code, string message) : base(code, message)
        {
        }
    }

    /// <summary>What it is about does not exist, or not for this caller.</summary>
    public sealed record NotFound(string Message) : Refusal("not_found", Message)
    {
        /// <summary>There is no such thing.</summary>
        /// <param name="what">What kind of thing: "workflow".</param>
        /// <param name="id">Its id.</param>
        public NotFound(string what, string id) : this($"There is no {what} '{id}'.")
        {
        }
    }

    /// <summary>It existed, and will not again.</summary>
    public sealed record Gone(string Code, string Message) : Refusal(Code, Message);

    /// <summary>It cannot be done as things are: an illegal transition, or an id that is taken.</summary>
    public sealed record Conflict(string Code, string Message) : Refusal(Code, Message);

    /// <summary>The caller's change is to another version than the current one.</summary>
    public sealed record Stale(string Message) : Refusal("version_conflict", Message)
    {
        /// <summary>It is not at the version that the caller has seen.</summary>
        /// <param name="sentence">What is not at the expected version, as a sentence.</param>
        public static Stale For(string sentence) => new(sentence + " Read it again, apply your change, and save with the new ETag.");
    }

    /// <summary>It could not be read at all.</summary>
    /// <param name="Code">A stable identifier of the error.</param>
    /// <param name="Message">The message, as a sentence.</param>
    /// <param name="Problems">The problems, with their locations.</param>
    public sealed record Malformed(string Code, string Message, IReadOnlyList<Problem> Problems) : Refusal(Code, Message);

    /// <summary>It was understood, and is not valid.</summary>
    /// <param name="Message">The message, as a sentence.</param>
    /// <param name="Problems">Each single problem, by pointers into the command.</param>
    public sealed record Invalid(string Message, IReadOnlyList<Problem> Problems) : Refusal("invalid", Message)
    {
        /// <summary>These problems, their sentences as the message.</summary>
        public Invalid(IReadOnlyList<Problem> problems) : this(string.Join(' ', problems.Select(problem => problem.Message)), problems)
        {
        }

        /// <summary>One problem.</summary>
        public Invalid(string pointer, string code, string message) : this([new Problem(pointer, code, message)])
        {
        }
    }

    /// <summary>The server is shutting down and starts nothing new.</summary>
    public sealed record Draining() : Refusal("draining", "This server is shutting down and accepts no new work. Try again in a moment.");

    /// <summary>There is too much of it at the moment.</summary>
    /// <param name="Code">A stable identifier of the error.</param>
    /// <param name="Message">The message, as a sentence.</param>
    /// <param name="RetryAfter">When to try again.</param>
    public sealed record Busy(string Code, string Message, TimeSpan RetryAfter) : Refusal(Code, Message);

    /// <summary>Something that it needs does not work now.</summary>
    public sealed record Unavailable(string Code, string Message) : Refusal(Code, Message);

    /// <summary>A permission's name as callers see it.</summary>
    public static string NameOf(Permission permission) => JsonNamingPolicy.CamelCase.ConvertName(permission.ToString());
}
