using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
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
        }, Redactor);

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

        Assert.Equal("x [secret a] y", redactor.Redact("x abcdefghijklmn y"));
    }

    [Theory]
    [InlineData("a correct-horse recipe", "a [secret key] recipe")]
    [InlineData("correct-horse", "[secret key]")]
    [InlineData("token=correct-horse&x=1", "token=[secret key]&x=1")]
    [InlineData("\\ncorrect-horse", "\\n[secret key]")]
    [InlineData("token%3Dcorrect-horse", "token%3D[secret key]")]
    [InlineData("correct-horse correct-horse", "[secret key] [secret key]")]
    [InlineData("/botcorrect-horse/send", "/bot[secret key]/send")]
    [InlineData("v1_correct-horse2", "v1_[secret key]2")]
    [InlineData("a secret recipe, a secretary", "a secret recipe, a secretary")]
    public void A_secret_is_found_wherever_it_stands(string text, string expected)
    {
        var redactor = new SecretRedactor([new("key", "correct-horse"), new("short", "secret")]);
        Assert.Equal(expected, redactor.Redact(text));
    }

    [Theory]
    [InlineData("a passwords list, mypassword", "a passwords list, mypassword")]
    [InlineData("v1_password2, \npassword, %3Dpassword", "v1_[secret word]2, \n[secret word], %3D[secret word]")]
    [InlineData("1202601310, 202601319", "1202601310, 202601319")]
    [InlineData("/bot20260131a/send, id_20260131", "/bot[secret pin]a/send, id_[secret pin]")]
    public void A_secret_that_is_a_word_or_a_number_is_found_where_no_longer_one_goes_on(string text, string expected)
    {
        var redactor = new SecretRedactor([new("word", "password"), new("pin", "20260131")]);
        Assert.Equal(expected, redactor.Redact(text));
    }

    [Fact]
    public void What_was_replaced_is_left_alone()
    {
        // Its value is in its own mark.
        var redactor = new SecretRedactor([new("api_token_1", "api_token_1")]);
        var once = redactor.Redact("x api_token_1 y");
        Assert.Equal("x [secret api_token_1] y", once);
        Assert.Equal(once, redactor.Redact(once));
    }

    [Fact]
    public void The_engines_own_sentence_is_left_alone()
    {
        var secrets = new EffectSecrets(TenantWith("key", "is not set"));
        Assert.NotNull(secrets.Use("key"));
        var template = SecretTemplate.Parse(MapValue.Of("x", "{{ secrets.nope }}"), out _)!;
        secrets.FillConfig(template, template.Template.Evaluate(Bindings.Empty).Value, out var problem);

        var own = secrets.Redactor.Redact(NodeOutcome.Failed("secret", problem!), SecretRedactor.None).Error!.Message;
        var copied = secrets.Redactor.Redact(NodeOutcome.Failed("secret", new string(problem.AsSpan())), SecretRedactor.None).Error!.Message;

        Assert.StartsWith("The secret 'nope' is not set.", own, StringComparison.Ordinal);
        Assert.StartsWith("The secret 'nope' [secret key].", copied, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config")]
    [InlineData("secret")]
    [InlineData(Canary)]
    public void An_error_is_cleaned_whatever_its_type(string type)
    {
        var error = Redactor.Redact(NodeOutcome.Failed(type, $"'{Canary}' is no address."), SecretRedactor.None).Error!;
        Assert.Equal("'[secret key]' is no address.", error.Message);
        Assert.DoesNotContain(Canary, error.Type, StringComparison.Ordinal);
    }

    [Fact]
    public void An_outcome_loses_what_was_used_and_its_log_lines_all()
    {
        const string Text = "correct-horse battery-staple";
        var used = new SecretRedactor([new("used", "correct-horse")]);
        var all = new SecretRedactor([new("used", "correct-horse"), new("other", "battery-staple")]);
        var outcome = used.Redact(
            new NodeOutcome { Output = Text, Logs = [new LogLine("info", Text, Value.Null)] }, all);
        Assert.Equal("[secret used] battery-staple", outcome.Output);
        Assert.Equal("[secret used] [secret other]", outcome.Logs[0].Message);
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

    private static TenantSecrets TenantWith(string name, string value) => new(
        ImmutableDictionary<string, string>.Empty.Add(name, value),
        ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, SecretHosts>.Empty,
        SecretRedactor.None);
}
