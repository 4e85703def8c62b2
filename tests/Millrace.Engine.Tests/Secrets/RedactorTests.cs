using System.Net;
using System.Text;
using System.Text.Json;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Tests.Secrets;

public sealed class RedactorTests
{
    private const string Canary = "s3cr3t/+ \"Ü&<canary>";

    private static readonly SecretRedactor Redactor = new([new("key", Canary), new("short", "abc"), new("pin", "20260131")]);

    public static TheoryData<string> Forms()
    {
        var bytes = Encoding.UTF8.GetBytes(Canary);
        return
        [
            Canary,
            Uri.EscapeDataString(Canary),
            Uri.EscapeDataString(Canary).ToLowerInvariant().Replace("%c3%9c", "%c3%9c", StringComparison.Ordinal),
            WebUtility.UrlEncode(Canary),
            WebUtility.HtmlEncode(Canary),
            JsonSerializer.Serialize(Canary).Trim('"'),
            ((Value)Canary).ToJson().Trim('"'),
            Convert.ToHexString(bytes),
            Convert.ToHexStringLower(bytes),
            Convert.ToBase64String(bytes),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"user:{Canary}")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"user1:{Canary}!")),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"user12:{Canary}??")).Replace('+', '-').Replace('/', '_'),
        ];
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_of_a_secret_is_found(string form)
    {
        var clean = Redactor.Redact($"before {form} after");

        Assert.Contains("[secret key]", clean);
        Assert.StartsWith("before ", clean);
        Assert.EndsWith(" after", clean);
    }

    [Fact]
    public void Everything_of_an_outcome_is_cleaned()
    {
        var dirty = MapValue.Of((Canary, "x"), ("list", Value.List($"a {Canary}", 20260131, 5)));

        var clean = Redactor.Redact(new NodeOutcome
        {
            Output = dirty,
            Meta = dirty,
            Variables = dirty,
            Error = new NodeError("http", $"failed: {Canary}", Details: dirty),
            Logs = [new LogLine("info", Canary, dirty)],
        });

        const string Expected = """{"[secret key]":"x","list":["a [secret key]","[secret pin]",5]}""";
        Assert.Equal(Expected, clean.Output.ToJson());
        Assert.Equal(Expected, clean.Meta.ToJson());
        Assert.Equal(Expected, ((Value)clean.Variables!).ToJson());
        Assert.Equal(("failed: [secret key]", Expected), (clean.Error!.Message, clean.Error.Details.ToJson()));
        Assert.Equal(("[secret key]", Expected), (clean.Logs[0].Message, clean.Logs[0].Data.ToJson()));
    }

    [Fact]
    public void What_holds_no_secret_stays_the_same_object()
    {
        var value = MapValue.Of(("a", Value.List("text", 1, 2.5, true, Value.Null)), ("b", MapValue.Of("c", "abc")));

        Assert.Same(value, Redactor.Redact(value).AsMap());
    }

    [Fact]
    public void Secrets_that_overlap_are_taken_out_together()
    {
        var redactor = new SecretRedactor([new("a", "abcdefgh"), new("b", "efghijklmn")]);

        Assert.Equal("x[secret a]y", redactor.Redact("xabcdefghijklmny"));
    }

    [Fact]
    public void A_secret_in_pieces_is_found()
    {
        for (var size = 1; size <= 7; size++)
        {
            var heard = new StringBuilder();
            var tokens = new RedactedTokens(Redactor, text => heard.Append(text));
            foreach (var piece in $"so {Canary} and s3cr3t/".Chunk(size))
                tokens.Add(new string(piece));
            tokens.End();

            Assert.Equal("so [secret key] and s3cr3t/", heard.ToString());
        }
    }
}
