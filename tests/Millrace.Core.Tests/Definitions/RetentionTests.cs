using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Definitions;

public sealed class RetentionTests
{
    [Theory]
    [InlineData("\"30d\"", 30.0, 30.0, 30.0)]
    [InlineData("{\"completed\":\"P7D\",\"failed\":\"36h\"}", 7.0, 1.5, null)]
    [InlineData("{}", null, null, null)]
    [InlineData("null", null, null, null)]
    public void Retention_is_one_time_or_one_for_each_status(string json, double? completed, double? failed, double? cancelled)
    {
        static TimeSpan? Days(double? days) => days is { } number ? TimeSpan.FromDays(number) : null;
        var (definition, problems) = Read(json);
        Assert.Empty(problems);
        Assert.Equal(new RetentionPolicy(Days(completed), Days(failed), Days(cancelled)), definition!.Settings.Retention);
    }

    [Fact]
    public void Forever_is_a_time_too() =>
        Assert.Equal(RetentionPolicy.Of(RetentionPolicy.Forever), Read("\" Forever\"").Definition!.Settings.Retention);

    [Theory]
    [InlineData("30", "/settings/retention")]
    [InlineData("\"a month\"", "/settings/retention")]
    [InlineData("{\"failed\":86400000}", "/settings/retention/failed")]
    [InlineData("{\"completed\":[\"1d\"]}", "/settings/retention/completed")]
    [InlineData("{\"done\":\"1d\"}", "/settings/retention/done")]
    public void What_is_unclear_is_named(string json, string pointer) =>
        Assert.Contains(Read(json).Problems, problem => problem.Pointer == pointer && problem.Code is "wrong_type" or "unknown_field");

    [Fact]
    public void What_was_read_is_written()
    {
        var definition = Read("""{"completed":"7d","failed":"forever"}""").Definition!;
        Assert.Equal("""{"completed":"P7D","failed":"forever"}""", DefinitionWriter.ToValue(definition)["settings"]["retention"].ToJson());
    }

    private static (WorkflowDefinition? Definition, IReadOnlyList<Problem> Problems) Read(string retention)
    {
        var read = Reading.Json($$"""{"name":"t","settings":{"retention":{{retention}}},"nodes":[{"id":"a","type":"noop"}],"edges":[]}""");
        return (read.Definition, read.Problems);
    }
}
