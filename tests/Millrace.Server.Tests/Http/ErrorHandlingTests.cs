using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Values;
using Millrace.Server.Http;

namespace Millrace.Server.Tests.Http;

public sealed class ErrorHandlingTests
{
    public static TheoryData<Exception> OutOfMemory =>
        [new InsufficientMemoryException(), new AggregateException(new InsufficientMemoryException())];

    [Theory]
    [MemberData(nameof(OutOfMemory))]
    public async Task A_request_for_which_there_is_no_memory_may_come_again(Exception failure)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        var handling = new ErrorHandling(_ => throw failure, NullLogger<ErrorHandling>.Instance);

        await handling.InvokeAsync(context);

        Assert.Equal((503, "5"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
        Assert.Equal("out_of_memory", ValueJson.Parse(body.ToArray())["code"].AsString());
    }
}
