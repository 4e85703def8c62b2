using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Schemas;

public sealed class EnteredNumberTests
{
    [Theory]
    [InlineData("""{"type": "number"}""", "\" 41.5 \"", "41.5")]
    [InlineData("""{"type": "integer"}""", "\"9007199254740993\"", "9007199254740993")]
    [InlineData("""{"type": ["null", "integer"]}""", "\"-3\"", "-3")]
    [InlineData("""{"type": ["integer", "string"]}""", "\"3\"", "\"3\"")]
    [InlineData("""{"type": "string"}""", "\"3\"", "\"3\"")]
    [InlineData("""{"type": "number"}""", "\"many\"", "\"many\"")]
    [InlineData("""{"type": "number"}""", "\"99999999999999999999\"", "\"99999999999999999999\"")]
    [InlineData("""{"type": "number"}""", "\"\"", "\"\"")]
    [InlineData(
        """{"properties": {"age": {"type": "integer"}, "zip": {"type": "string"}}}""",
        """{"age":"41","zip":"01099","x":"1"}""",
        """{"age":41,"zip":"01099","x":"1"}""")]
    [InlineData("""{"items": {"type": "number"}}""", """["1",2,"x"]""", """[1,2,"x"]""")]
    public void Text_becomes_a_number_where_only_a_number_fits(string schema, string entered, string expected) =>
        Assert.Equal(expected, EnteredNumbers.Convert(ValueJson.Parse(schema), ValueJson.Parse(entered)).ToJson());
}
