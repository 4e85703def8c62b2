using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Secrets;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Nodes.Tests.Http;

public sealed class HttpNodeTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly OutgoingHttp _http = new(AddressGuard.Allowing("127.0.0.0/8"));

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_request_has_method_query_headers_and_a_json_body()
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsJsonAsync(new { ok = true }));
        var outcome = await CallAsync(server, """
            "method":"post","query":{"q":"a b&c","n":[1,2],"none":null},"headers":{"X-Number":5},"body":{"a":[1,2.5]}
            """, path: "/p?x=1");
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/p?x=1&q=a%20b%26c&n=1&n=2", """{"a":[1,2.5]}"""), (request.Method, request.Target, request.Body));
        Assert.Equal(
            ("application/json", "5", "x1:n::0"),
            (request.Headers["Content-Type"], request.Headers["X-Number"], request.Headers["Idempotency-Key"]));
        Assert.StartsWith("Millrace/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal((200, """{"ok":true}""", "application/json; charset=utf-8"), (outcome.Output["status"].AsInt(), outcome.Output["body"].ToJson(), outcome.Output["headers"]["content-type"].AsString()));
    }

    [Fact]
    public async Task Numbers_keep_their_digits_on_the_way_out_and_in()
    {
        var kept = NumberCorpus.All.Where(number => number.Expected is not null).ToArray();
        var written = $"[{string.Join(',', kept.Select(number => number.Text))}]";
        var expected = $"[{string.Join(',', kept.Select(number => number.Expected))}]";
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(written);
        });
        var outcome = await CallAsync(server, $"\"method\":\"PUT\",\"body\":{written}");
        Assert.Equal(expected, Assert.Single(server.Requests).Body);
        Assert.Equal(expected, outcome.Output["body"].ToJson());
    }

    [Fact]
    public async Task A_body_with_a_number_that_cannot_be_kept_comes_as_it_is()
    {
        foreach (var (text, _) in NumberCorpus.All.Where(number => number.Expected is null))
        {
            await using var server = await TestServer.StartAsync(context =>
            {
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync($"[{text}]");
            });
            Assert.Equal($"[{text}]", (await CallAsync(server)).Output["body"]);
            Assert.Equal("http", (await CallAsync(server, "\"response\":\"json\"")).Error?.Type);
        }
    }

    [Theory]
    [InlineData("""{"Idempotency-Key":"mine"}""")]
    [InlineData("""{"idempotency-key":"mine"}""")]
    public async Task The_authors_own_idempotency_key_counts(string headers)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await CallAsync(server, $"\"headers\":{headers}");
        Assert.Equal("mine", Assert.Single(server.Requests).Headers["Idempotency-Key"]);
    }

    [Theory]
    [InlineData("\"plain\"", "text/plain; charset=utf-8", "plain", null)]
    [InlineData("\"<a/>\"", "application/xml", "<a/>", "application/xml")]
    [InlineData("""{"a":"b c","n":1}""", "application/x-www-form-urlencoded", "a=b%20c&n=1", "application/x-www-form-urlencoded")]
    [InlineData("[1]", "application/vnd.x+json", "[1]", "application/vnd.x+json")]
    public async Task A_body_is_sent_as_its_type_says(string body, string contentType, string sent, string? header)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await CallAsync(server, $$""" "method":"PUT","body":{{body}}{{(header is null ? "" : $",\"headers\":{{\"content-type\":\"{header}\"}}")}} """);
        var request = Assert.Single(server.Requests);
        Assert.Equal((contentType, sent), (request.Headers["Content-Type"], request.Body));
    }

    [Theory]
    [InlineData("""{"type":"basic","username":"u","password":"ü"}""", "Authorization", "Basic dTrDvA==")]
    [InlineData("""{"type":"bearer","token":"t"}""", "Authorization", "Bearer t")]
    [InlineData("""{"type":"header","name":"X-Key","value":"k"}""", "X-Key", "k")]
    public async Task Authentication_is_a_header(string auth, string name, string value)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await CallAsync(server, $"\"auth\":{auth}");
        Assert.Equal(value, Assert.Single(server.Requests).Headers[name]);
    }

    [Fact]
    public async Task Authentication_may_be_a_query_parameter()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        await CallAsync(server, """ "auth":{"type":"query","name":"key","value":"a&b"} """);
        Assert.Equal("/?key=a%26b", Assert.Single(server.Requests).Target);
    }

    [Theory]
    [InlineData("auto", "application/json", """{"a":1}""", """{"a":1}""")]
    [InlineData("auto", "application/problem+json", "[1]", "[1]")]
    [InlineData("auto", "text/plain", "[1]", "\"[1]\"")]
    [InlineData("auto", "application/json", "broken", "\"broken\"")]
    [InlineData("json", "text/plain", "[1]", "[1]")]
    [InlineData("text", "application/json", "[1]", "\"[1]\"")]
    [InlineData("auto", "application/json", "", "null")]
    [InlineData("text", "text/plain", "", "\"\"")]
    public async Task A_response_is_read_as_asked(string kind, string contentType, string text, string body)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.ContentType = contentType;
            return context.Response.WriteAsync(text);
        });
        Assert.Equal(body, (await CallAsync(server, $"\"response\":\"{kind}\"")).Output["body"].ToJson());
    }

    [Fact]
    public async Task A_response_that_should_be_json_and_is_not_fails()
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync("<html>"));
        var error = (await CallAsync(server, "\"response\":\"json\"")).Error!;
        Assert.Equal(("http", false), (error.Type, error.Retryable));
        Assert.Contains("is not JSON", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso-8859-1", "ü")]
    [InlineData("iso-8859-15", "10 €")]
    [InlineData("\"windows-1252\"", "“x”")]
    [InlineData("shift_jis", "日本")]
    [InlineData("utf-16", "ü")]
    public async Task A_charset_is_heeded(string charset, string text)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(charset.Trim('"')) ?? Encoding.GetEncoding(charset);
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.ContentType = $"text/plain; charset={charset}";
            return context.Response.Body.WriteAsync(encoding.GetBytes(text)).AsTask();
        });
        Assert.Equal(text, (await CallAsync(server)).Output["body"].AsString());
    }

    [Fact]
    public async Task A_body_in_an_unknown_charset_stays_bytes()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/plain; charset=klingon-8";
            return context.Response.Body.WriteAsync(new byte[] { 1, 2, 3 }).AsTask();
        });
        Assert.Equal("AQID", (await CallAsync(server)).Output["body"]["base64"].AsString());
        Assert.Contains("klingon-8", (await CallAsync(server, "\"response\":\"json\"")).Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_compressed_body_that_is_cut_off_is_a_network_error(string encoding)
    {
        using var packed = new MemoryStream();
        await using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            for (var i = 0; i < 10_000; i++)
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"line {i * 7919}\n"), TestContext.Current.CancellationToken);
        }
        var half = packed.ToArray()[..(int)(packed.Length / 2)];
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            return context.Response.Body.WriteAsync(half).AsTask();
        });
        var error = (await CallAsync(server)).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_compressed_body_that_is_damaged_is_a_network_error(string encoding)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            return context.Response.WriteAsync("This was never compressed at all.");
        });
        var error = (await CallAsync(server)).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task An_encoding_that_was_not_asked_for_is_a_network_error()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = "compress";
            return context.Response.Body.WriteAsync(new byte[] { 1, 2, 3 }).AsTask();
        });
        var error = (await CallAsync(server)).Error!;
        Assert.Equal("network", error.Type);
        Assert.Contains("'compress', which was not asked for", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(425, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    public async Task A_status_that_is_no_success_fails(int status, bool isRetryable)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsJsonAsync(new { why = "because" });
        });
        var error = (await CallAsync(server, path: "/secret?token=1")).Error!;
        Assert.Equal(
            ("http", isRetryable, status, "because"),
            (error.Type, error.Retryable, error.Details["status"].AsInt(), error.Details["body"]["why"].AsString()));
        Assert.DoesNotContain("token", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_of_an_error_is_cut()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync(new string('x', 100_000));
        });
        Assert.Equal(4096, (await CallAsync(server)).Error!.Details["body"].AsString().Length);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Thu, 01 Jan 2026 00:01:30 GMT", 90)]
    [InlineData("99999999", 86_400)]
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT", null)]
    [InlineData("soon", null)]
    public async Task Retry_after_is_understood(string header, int? seconds)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, (await CallAsync(server)).Error!.RetryAfter);
    }

    [Theory]
    [InlineData("404", true)]
    [InlineData("[200,\"400-404\"]", true)]
    [InlineData("\"200-299\"", false)]
    public async Task Success_codes_can_be_chosen(string codes, bool succeeds)
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        Assert.Equal(succeeds, (await CallAsync(server, $"\"successCodes\":{codes}")).Error is null);
    }

    [Theory]
    [InlineData(302, "POST", "GET", "")]
    [InlineData(303, "PUT", "GET", "")]
    [InlineData(302, "PUT", "PUT", "b")]
    [InlineData(307, "POST", "POST", "b")]
    [InlineData(308, "POST", "POST", "b")]
    public async Task Redirects_are_followed(int status, string method, string thenMethod, string thenBody)
    {
        await using var server =
            await TestServer.StartAsync(context => context.Request.Path == "/" ? Redirect(context, status, "/there") : Task.CompletedTask);
        var outcome = await CallAsync(server, $$""" "method":"{{method}}","body":"b" """);
        Assert.Null(outcome.Error);
        Assert.Equal((thenMethod, "/there", thenBody), (server.Requests[1].Method, server.Requests[1].Target, server.Requests[1].Body));
    }

    [Fact]
    public async Task A_redirect_need_not_be_followed()
    {
        await using var server = await TestServer.StartAsync(context => Redirect(context, 302, "/there"));
        var outcome = await CallAsync(server, """ "followRedirects":false,"successCodes":302 """);
        Assert.Equal(("/there", 1), (outcome.Output["headers"]["location"].AsString(), server.Requests.Count));
    }

    [Fact]
    public async Task Redirects_end()
    {
        await using var server = await TestServer.StartAsync(context => Redirect(context, 302, "/again"));
        Assert.Contains("more than 10 times", (await CallAsync(server)).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(11, server.Requests.Count);
    }

    [Fact]
    public async Task Credentials_do_not_follow_to_another_host()
    {
        await using var other = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var server = await TestServer.StartAsync(
            context => Redirect(context, 307, context.Request.Path == "/same" ? other.Url.ToString() : "/same"));
        await CallAsync(server, """ "headers":{"Authorization":"a","Cookie":"c","X-Other":"o"},"auth":{"type":"header","name":"X-Key","value":"k"} """);
        Assert.Equal(("a", "k"), (server.Requests[1].Headers["Authorization"], server.Requests[1].Headers["X-Key"]));
        var request = Assert.Single(other.Requests);
        Assert.Equal("o", request.Headers["X-Other"]);
        Assert.Empty(request.Headers.Keys.Intersect(["Authorization", "Cookie", "X-Key"], StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    public async Task A_redirect_to_a_private_address_is_refused(string target)
    {
        await using var server = await TestServer.StartAsync(context => Redirect(context, 302, target));
        Assert.Equal("blocked", (await CallAsync(server)).Error!.Type);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/")]
    [InlineData("http://user:password@example.com/")]
    public async Task A_redirect_elsewhere_is_not_followed(string target)
    {
        await using var server = await TestServer.StartAsync(context => Redirect(context, 302, target));
        Assert.Equal(("http", false), ((await CallAsync(server)).Error!.Type, (await CallAsync(server)).Error!.Retryable));
    }

    [Theory]
    [InlineData("http://localhost:1/")]
    [InlineData("http://2130706433:1/")]
    [InlineData("http://[::1]:1/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    public async Task Private_addresses_are_refused_with_the_setting_that_allows_them(string url)
    {
        using var http = new OutgoingHttp(AddressGuard.PublicOnly);
        var error = (await CallAsync(http, url)).Error!;
        Assert.Equal(("blocked", false), (error.Type, error.Retryable));
        Assert.Contains("HTTP_ALLOWED_NETWORKS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_that_is_too_large_is_refused()
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync(new string('x', 1001)));
        Assert.Contains(
            "more than 1000 bytes", (await CallAsync(server, "\"maxResponseBytes\":1000")).Error!.Message, StringComparison.Ordinal);
        Assert.Null((await CallAsync(server, "\"maxResponseBytes\":1001")).Error);
    }

    [Fact]
    public async Task The_limit_is_of_the_unpacked_body()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Optimal);
            await gzip.WriteAsync(new byte[1_000_000]);
        });
        Assert.Contains(
            "more than 50000 bytes", (await CallAsync(server, "\"maxResponseBytes\":50000")).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_network_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        listener.Stop();
        var error = (await CallAsync(_http, url)).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_a_network_error()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        var error = (await CallAsync(server)).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
    }

    [Fact]
    public async Task A_call_ends_when_it_is_told_to()
    {
        var reached = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(async context =>
        {
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var cancellation = new CancellationTokenSource();
        var call = CallAsync(_http, server.Url.ToString(), cancellation: cancellation.Token);
        await reached.Task;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("""{"url":"example.com"}""", "/url")]
    [InlineData("""{"url":"file:///etc/passwd"}""", "/url")]
    [InlineData("""{"url":"https://user:pw@example.com"}""", "/url")]
    [InlineData("""{}""", "")]
    [InlineData("""{"url":"https://example.com","method":"BAD METHOD"}""", "/method")]
    [InlineData("""{"url":"https://example.com","method":"CONNECT"}""", "/method")]
    [InlineData("""{"url":"https://example.com","successCodes":"many"}""", "/successCodes")]
    [InlineData("""{"url":"https://example.com","successCodes":[200,"500-400"]}""", "/successCodes")]
    [InlineData("""{"url":"https://example.com","auth":{"type":"bearer"}}""", "/auth")]
    [InlineData("""{"url":"https://example.com","auth":{"type":"magic"}}""", "/auth/type")]
    [InlineData("""{"url":"https://example.com","auth":{"type":"oauth2","tokenUrl":"https://example.com/token"}}""", "/auth")]
    [InlineData("""{"url":"https://example.com","auth":{"type":"oauth2","tokenUrl":"file:///x","clientId":"a","clientSecret":"b"}}""", "/auth")]
    [InlineData("""{"url":"https://example.com","auth":{"type":"awsSigV4","accessKeyId":"a"}}""", "/auth")]
    [InlineData("""{"url":"https://example.com","pagination":{}}""", "/pagination")]
    [InlineData("""{"url":"{{ ( }}"}""", "/url")]
    public void A_bad_config_is_located(string config, string pointer) =>
        Assert.Equal("/nodes/0/config" + pointer, OneNode.Problem("http", config).Pointer);

    [Fact]
    public void A_way_to_authenticate_that_is_not_known_names_those_that_are() =>
        Assert.Contains("basic", OneNode.Problem("http", """{"url":"https://example.com","auth":{"type":"magic"}}""").Message, StringComparison.Ordinal);

    [Fact]
    public void Templates_are_not_checked_before_they_are_filled_in() =>
        Assert.DoesNotContain(MachineRun.Problems(OneNode.Document("http", """
            {"url":"{{ input.url }}","method":"{{ input.method }}","successCodes":["{{ input.code }}"],"maxResponseBytes":"{{ input.n }}","auth":{"type":"{{ input.auth }}"}}
            """)), problem => problem.Severity == Severity.Error);

    [Theory]
    [InlineData(""" "headers":{"bad name":"x"} """, "'bad name' is not the name of a header")]
    [InlineData(""" "headers":{"X-A":"a\r\nX-B: b"} """, "contains a line break")]
    [InlineData(""" "headers":{"X-A":"ä"} """, "that headers cannot have")]
    [InlineData(""" "headers":{"Content-Length":"5"} """, "cannot be changed")]
    [InlineData(""" "auth":{"type":"bearer","token":"a\nb"} """, "contains a line break")]
    public async Task What_cannot_be_sent_is_not(string config, string message)
    {
        var error = (await CallAsync(_http, "http://127.0.0.1:1/", config)).Error!;
        Assert.Equal(("config", false), (error.Type, error.Retryable));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_that_is_wrong_with_its_secrets_does_not_say_them()
    {
        using var harness = new HttpHarness { Secrets = { ["hook"] = "hooks.test/T0/B0" } };
        const string Auth = """ "auth":{"type":"oauth2","tokenUrl":"{{ secrets.hook }}","clientId":"a","clientSecret":"{{ secrets.hook }}"} """;
        var outcome = await harness.CallAsync("https://api.test/", Auth);
        var error = harness.LastContext!.Redactor.Redact(outcome, SecretRedactor.None).Error!;
        Assert.Equal(("config", "'tokenUrl': '[secret hook]' is not an address such as https://example.com/path."), (error.Type, error.Message));
    }

    private static Task Redirect(HttpContext context, int status, string target)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = target;
        return Task.CompletedTask;
    }

    private Task<NodeOutcome> CallAsync(TestServer server, string config = "", string path = "") =>
        CallAsync(_http, server.Url.ToString().TrimEnd('/') + path, config, TestContext.Current.CancellationToken);

    private static async Task<NodeOutcome> CallAsync(
        OutgoingHttp http, string url, string config = "", CancellationToken cancellation = default)
    {
        var run = MachineRun.Of(OneNode.Document("http", $$"""{"url":"{{url}}"{{(config.Trim().Length == 0 ? "" : "," + config)}}}"""), new NodeRegistry(NodesForTests.All(http))).Start();
        var effect = Assert.Single(run.Effects);
        var context = new EffectContext { Tenant = "t", ExecutionId = "x1", WorkflowId = "w1", NodeId = "n", Time = new FixedTime() };
        return await ((ExecutableEffect)effect.Node.Logic).RunAsync(effect.Input, context, cancellation);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
