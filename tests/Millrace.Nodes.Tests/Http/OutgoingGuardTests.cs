using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Tests.Http;

/// <summary>Where a workflow's calls may lead, and with what: each way around that has been somebody's vulnerability.</summary>
public sealed class OutgoingGuardTests
{
    private static readonly AddressGuard Local = AddressGuard.Allowing("127.0.0.1");

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fd00:ec2::254]/latest/meta-data/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0x7f.0.0.1:{0}/")]
    [InlineData("http://017700000001:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::127.0.0.1]:{0}/")]
    [InlineData("http://[64:ff9b::7f00:1]:{0}/")]
    [InlineData("http://[64:ff9b:1::7f00:1]:{0}/")]
    [InlineData("http://[2002:7f00:1::]:{0}/")]
    [InlineData("http://[2001:0:7f00:1::]:{0}/")]
    [InlineData("http://[2606:4700::5efe:7f00:1]:{0}/")]
    [InlineData("http://[2606:4700::200:5efe:a00:1]:{0}/")]
    [InlineData("http://localhost:{0}/")]
    public async Task A_server_on_this_machine_is_not_reached_however_it_is_spelled(string url)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        using var harness = new HttpHarness(new OutgoingHttp(AddressGuard.PublicOnly));

        var error = (await harness.CallAsync(string.Format(url, server.Url.Port))).Error!;

        Assert.Equal("blocked", error.Type);
        Assert.Empty(server.Requests);
    }

    // Whether these are names at all depends on the machine; where they lead does not.
    [Theory]
    [InlineData("http://localhost.:{0}/")]
    [InlineData("http://127.0.0.1.:{0}/")]
    [InlineData("http://１２７.0.0.1:{0}/")]
    [InlineData("http://⑯⑨.②⑤④.①⑥⑨.②⑤④:{0}/")]
    public async Task A_name_that_some_resolvers_take_for_an_address_does_not_lead_here_either(string url)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        using var harness = new HttpHarness(new OutgoingHttp(AddressGuard.PublicOnly));

        Assert.Contains(
            (await harness.CallAsync(string.Format(url, server.Url.Port))).Error!.Type, (string[])["blocked", "network", "config"]);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Every_redirect_is_looked_at()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location =
                context.Request.Path.Value switch { "/" => "/1", "/1" => "/2", _ => "http://169.254.169.254/" };
            return Task.CompletedTask;
        });
        using var harness = new HttpHarness(new OutgoingHttp(Local));

        var error = (await harness.CallAsync(server)).Error!;

        Assert.Equal("blocked", error.Type);
        Assert.Contains("metadata", error.Message);
        Assert.Equal(3, server.Requests.Count);
    }

    // The second answer of the name server is never asked for: the connection goes to the address that was checked.
    [Fact]
    public async Task A_name_is_resolved_once_and_the_connection_goes_there()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        var asked = new ConcurrentQueue<string>();
        using var harness = new HttpHarness(new OutgoingHttp(Local, null, (name, _) =>
        {
            asked.Enqueue(name);
            return Task.FromResult<IPAddress[]>([asked.Count == 1 ? IPAddress.Loopback : IPAddress.Parse("10.0.0.1")]);
        }));

        Assert.Null((await harness.CallAsync($"http://rebind.test:{server.Url.Port}/")).Error);

        Assert.Equal(["rebind.test"], asked);
        Assert.Equal($"rebind.test:{server.Url.Port}", Assert.Single(server.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task A_name_that_leads_to_a_public_and_a_private_address_leads_to_the_public_one_only()
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        using var refused = new HttpHarness(
            new OutgoingHttp(
                AddressGuard.PublicOnly, null, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("10.0.0.1")])));
        Assert.Equal("blocked", (await refused.CallAsync($"http://both.test:{server.Url.Port}/")).Error!.Type);
        using var allowed = new HttpHarness(
            new OutgoingHttp(Local, null, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1"), IPAddress.Loopback])));
        Assert.Null((await allowed.CallAsync($"http://both.test:{server.Url.Port}/")).Error);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(""" "auth":{"type":"basic","username":"u","password":"CANARY-1"} """)]
    [InlineData(""" "auth":{"type":"bearer","token":"CANARY-1"} """)]
    [InlineData(""" "auth":{"type":"header","name":"X-Key","value":"CANARY-1"} """)]
    [InlineData(""" "auth":{"type":"query","name":"key","value":"CANARY-1"} """)]
    [InlineData(""" "headers":{"Cookie":"session=CANARY-1"} """)]
    [InlineData(""" "headers":{"authorization":"CANARY-1"} """)]
    [InlineData(""" "headers":{"X-Own-Key":"Key {{secrets.key}}"} """)]
    public async Task No_credential_follows_to_another_host(string config)
    {
        await using var other = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Url.ToString();
            return Task.CompletedTask;
        });
        using var harness = new HttpHarness();
        harness.Secrets["key"] = "CANARY-1";

        Assert.Null((await harness.CallAsync(server, config)).Error);

        Assert.True(
            Said(server).Contains("CANARY-1", StringComparison.Ordinal)
                || Said(server).Contains("Q0FOQVJZLTE", StringComparison.Ordinal)
                || Said(server).Contains("DQU5BUlktM", StringComparison.Ordinal),
            Said(server));
        Assert.DoesNotContain("CANARY-1", Said(other));
        Assert.False(Assert.Single(other.Requests).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task An_oauth_token_does_not_follow_and_does_not_return_later()
    {
        await using var tokens =
            await TestServer.StartAsync(context => context.Response.WriteAsJsonAsync(new { access_token = "CANARY-TOKEN" }));
        TestServer? home = null;
        await using var other = await TestServer.StartAsync(context =>
        {
            context.Response.Redirect(home!.Url + "again");
            return Task.CompletedTask;
        });
        await using var server = home = await TestServer.StartAsync(context =>
        {
            if (context.Request.Path == "/")
                context.Response.Redirect(other.Url.ToString());
            return Task.CompletedTask;
        });
        using var harness = new HttpHarness();

        Assert.Null((await harness.CallAsync(server, $$""" "auth":{"type":"oauth2","tokenUrl":"{{tokens.Url}}","clientId":"a","clientSecret":"b"} """)).Error);

        Assert.Equal("Bearer CANARY-TOKEN", server.Requests[0].Headers["Authorization"]);
        Assert.DoesNotContain("CANARY-TOKEN", Said(other));
        Assert.False(server.Requests[1].Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("api.example.com 127.0.0.1", true)]
    [InlineData("api.example.com", false)]
    [InlineData("*.example.com", false)]
    public async Task A_secret_that_is_bound_goes_to_its_hosts_only(string hosts, bool isSent)
    {
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        using var harness = new HttpHarness();
        harness.Secrets["key"] = "CANARY-1";
        harness.Hosts["key"] = hosts;

        var error = (await harness.CallAsync(server, """ "headers":{"X-Key":"{{secrets.key}}"} """)).Error;

        Assert.Equal(isSent ? 1 : 0, server.Requests.Count);
        if (isSent)
            Assert.Null(error);
        else
            Assert.Equal(
                (
                    "blocked",
                    $"The secret 'key' may be sent to {hosts} only, and this request would send it to '127.0.0.1'. Nothing was sent. To "
                        + "allow it, add that host to the hosts of the secret."),
                (error!.Type, error.Message));
    }

    [Fact]
    public async Task A_bound_secret_stops_a_redirect_to_another_host()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            if (context.Request.Path == "/")
                context.Response.Redirect($"http://other.test:{context.Request.Host.Port}/there");
            return Task.CompletedTask;
        });
        using var harness = new HttpHarness(new OutgoingHttp(Local, null, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback])));
        harness.Secrets["key"] = "CANARY-1";
        harness.Hosts["key"] = "api.test";

        var error = (await harness.CallAsync($"http://api.test:{server.Url.Port}/", """ "auth":{"type":"bearer","token":"{{secrets.key}}"} """)).Error!;

        Assert.Contains("'other.test'", error.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_bound_client_secret_is_not_sent_to_another_token_server()
    {
        await using var tokens = await TestServer.StartAsync(context => context.Response.WriteAsJsonAsync(new { access_token = "t" }));
        await using var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        using var harness = new HttpHarness();
        harness.Secrets["key"] = "CANARY-1";
        harness.Hosts["key"] = "login.example.com";

        var error = (await harness.CallAsync(server, $$""" "auth":{"type":"oauth2","tokenUrl":"{{tokens.Url}}","clientId":"a","clientSecret":"{{"{{secrets.key}}"}}"} """)).Error!;

        Assert.Equal("blocked", error.Type);
        Assert.Empty(tokens.Requests);
        Assert.Empty(server.Requests);
    }

    private static string Said(TestServer server) =>
        string.Join('\n', server.Requests.Select(request => $"{request.Target} {string.Join(' ', request.Headers)} {request.Body}"));
}
