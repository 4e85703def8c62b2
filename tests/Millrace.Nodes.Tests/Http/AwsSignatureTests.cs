using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Tests.Http;

/// <summary>Signatures that AWS has published for requests, keys and times that it has published.</summary>
public sealed class AwsSignatureTests
{
    private static readonly HttpAuth Suite = new()
    {
        Type = HttpAuthType.AwsSigV4,
        AccessKeyId = "AKIDEXAMPLE",
        SecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        Region = "us-east-1",
        Service = "service",
    };
    private static readonly HttpAuth S3 = new()
    {
        Type = HttpAuthType.AwsSigV4,
        AccessKeyId = "AKIAIOSFODNN7EXAMPLE",
        SecretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        Region = "us-east-1",
        Service = "s3",
    };

    [Theory]
    [InlineData("GET", "/", null, null, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", null, null, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("GET", "/?Param2=value2&Param1=value1", null, null, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [
        InlineData(
            "POST",
            "/",
            "application/x-www-form-urlencoded",
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]
    public async Task Requests_of_the_test_suite_are_signed_as_it_says(
        string method, string path, string? contentType, string? body, string signature)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), "https://example.amazonaws.com" + path);
        if (body is not null)
        {
            message.Content = new StringContent(body);
            message.Content.Headers.Remove("Content-Type");
            message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        await AwsSignature.SignAsync(message, Suite, At("20150830T123600Z"), TestContext.Current.CancellationToken);

        Assert.EndsWith($"Signature={signature}", message.Headers.GetValues("Authorization").Single());
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=",
            message.Headers.GetValues("Authorization").Single());
    }

    [Fact]
    public async Task The_listing_of_users_is_signed_as_the_guide_says()
    {
        using var message = new HttpRequestMessage(
            HttpMethod.Get, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08") { Content = new ByteArrayContent([]) };
        message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

        await AwsSignature.SignAsync(
            message, Suite with { Service = "iam" }, At("20150830T123600Z"), TestContext.Current.CancellationToken);

        Assert.EndsWith(
            "SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            message.Headers.GetValues("Authorization").Single());
    }

    [Theory]
    [InlineData("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public async Task Requests_to_S3_are_signed_with_the_hash_of_their_content(string query, string signature)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "https://examplebucket.s3.amazonaws.com/" + query);

        await AwsSignature.SignAsync(message, S3, At("20130524T000000Z"), TestContext.Current.CancellationToken);

        Assert.EndsWith(
            $"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}",
            message.Headers.GetValues("Authorization").Single());
    }

    [Fact]
    public async Task A_redirect_is_signed_anew_and_to_another_host_not_at_all()
    {
        using var harness = new HttpHarness();
        await using var other = await TestServer.StartAsync(_ => Task.CompletedTask);
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = context.Request.Path == "/same" ? other.Url.ToString() : "/same";
            return Task.CompletedTask;
        });

        await harness.CallAsync(server, """ "auth":{"type":"awsSigV4","accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"ST","region":"r","service":"execute-api"} """);

        Assert.Equal(
            2,
            server.Requests
                .Select(request => request.Headers["Authorization"])
                .Where(value =>
                    value.StartsWith("AWS4-HMAC-SHA256 Credential=AK/20260101/r/execute-api/aws4_request", StringComparison.Ordinal))
                .Distinct()
                .Count());
        Assert.Equal("ST", server.Requests[1].Headers["X-Amz-Security-Token"]);
        Assert.DoesNotContain(Assert.Single(other.Requests).Headers.Keys, name =>
            name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase));
    }

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.ParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
