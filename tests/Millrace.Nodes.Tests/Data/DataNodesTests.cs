using Millrace.Core.Values;

namespace Millrace.Nodes.Tests.Data;

public sealed class DataNodesTests
{
    private const string Orders = """[{"id":2,"price":5,"who":"b"},{"id":1,"price":7.5,"who":"a"},{"id":3,"price":5,"who":"b"}]""";

    [Theory]
    [InlineData("""{"fields":{"b":"{{ data.a + 1 }}"}}""", """{"a":1,"c":{"d":2},"b":2}""")]
    [InlineData("""{"field":"c.e","value":[1]}""", """{"a":1,"c":{"d":2,"e":[1]}}""")]
    [InlineData("""{"fields":{"x.y.z":1,"x.y.w":2}}""", """{"a":1,"c":{"d":2},"x":{"y":{"z":1,"w":2}}}""")]
    [InlineData("""{"keep":"only","fields":{"b":1}}""", """{"b":1}""")]
    public void Fields_are_set_and_their_siblings_kept(string config, string output) =>
        Assert.Equal(output, OneNode.Output("set", config, """{"a":1,"c":{"d":2}}"""));

    [Fact]
    public void Fields_can_be_set_on_nothing() => Assert.Equal("""{"a":1}""", OneNode.Output("addField", """{"field":"a","value":1}"""));

    [Theory]
    [InlineData("[1]", """{"field":"a","value":1}""", "The node's input is a list")]
    [InlineData("""{"a":1}""", """{"field":"a.b","value":1}""", "'a.b' cannot be set: 'a' is a number, not an object.")]
    public void Fields_cannot_be_set_on_what_is_no_object(string input, string config, string message) =>
        Assert.StartsWith(message, OneNode.Error("addField", config, input).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"expression":"data.a + 1"}""", "2")]
    [InlineData("""{"expression":"{{ data.a }} + 1"}""", "2")]
    [InlineData("""{"template":{"list":["{{ data.a }}","n{{ data.a }}"]}}""", """{"list":[1,"n1"]}""")]
    [InlineData("""{"template":null}""", "null")]
    [InlineData("""{"expression":"timestamp('2026-01-01T00:00:00Z')"}""", "\"2026-01-01T00:00:00Z\"")]
    public void A_transform_makes_new_data(string config, string output) => Assert.Equal(output, OneNode.Output("process", config, """{"a":1}"""));

    [Fact]
    public void A_transform_to_what_is_no_json_fails() =>
        Assert.Equal("expression", OneNode.Error("transform", """{"expression":"0.0 / 0.0"}""").Type);

    [Theory]
    [InlineData("""{"condition":"item.price < 6"}""", "[2,3]")]
    [InlineData("""{"condition":"index > 0"}""", "[1,3]")]
    [InlineData("""{"condition":"item.who == {{ 'a' }}"}""", "[1]")]
    public void A_filter_keeps_what_fits(string config, string ids) => Assert.Equal(ids, Ids("filter", config));

    [Theory]
    [InlineData("""{"by":"item.price"}""", "[2,3,1]")]
    [InlineData("""{"by":"item.price","order":"desc"}""", "[1,2,3]")]
    [InlineData("""{"keys":[{"by":"item.price"},{"by":"item.id","order":"desc"}]}""", "[3,2,1]")]
    public void A_sort_is_stable_and_by_several_keys(string config, string ids) => Assert.Equal(ids, Ids("sort", config));

    [Theory]
    [InlineData("{}", "[1,1.5,2,3,null,null]")]
    [InlineData("""{"order":"desc"}""", "[3,2,1.5,1,null,null]")]
    public void A_sort_of_plain_values_puts_null_last(string config, string output) =>
        Assert.Equal(output, OneNode.Output("sort", config, "[3,null,1,2,null,1.5]"));

    [Fact]
    public void A_sort_of_what_has_no_order_fails() =>
        Assert.Contains("a number and text have no order (item 1)", OneNode.Error("sort", "{}", """[1,"a"]""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"count":2}""", "[2,1]")]
    [InlineData("""{"count":2,"offset":2}""", "[3]")]
    [InlineData("""{"count":1,"offset":1,"from":"last"}""", "[1]")]
    [InlineData("""{"count":"{{ 1 + 1 }}","from":"last"}""", "[1,3]")]
    [InlineData("""{"count":100,"offset":100}""", "[]")]
    public void A_limit_keeps_some(string config, string ids) => Assert.Equal(ids, Ids("limit", config));

    [Theory]
    [InlineData("""{"by":"item.who"}""", "[2,1]")]
    [InlineData("""{"by":"{'p': item.price}"}""", "[2,1]")]
    [InlineData("{}", "[2,1,3]")]
    public void A_repeated_item_is_dropped(string config, string ids) => Assert.Equal(ids, Ids("unique", config));

    [Fact]
    public void Equal_numbers_repeat_each_other() => Assert.Equal("[1,2]", OneNode.Output("unique", "{}", "[1,1.0,2]"));

    [Fact]
    public void An_aggregate_makes_one_object()
    {
        const string Config = """
            {"fields":{"n":{"operation":"count"},"sum":{"operation":"sum","of":"item.price"},"ids":{"operation":"sum","of":"item.id"},
              "mean":{"operation":"average","of":"item.id"},"low":{"operation":"min","of":"item.price"},"high":{"operation":"max","of":"item.price"},
              "a":{"operation":"first","of":"item.who"},"z":{"operation":"last","of":"item.id"},"all":{"operation":"list","of":"item.id"}}}
            """;
        Assert.Equal("""{"n":3,"sum":17.5,"ids":6,"mean":2.0,"low":5,"high":7.5,"a":"b","z":3,"all":[2,1,3]}""", OneNode.Output("aggregate", Config, Orders));
    }

    [Fact]
    public void An_aggregate_by_group_makes_one_object_each()
    {
        const string Config = """{"groupBy":"item.who","groupField":"who","fields":{"total":{"operation":"sum","of":"item.price"}}}""";
        Assert.Equal("""[{"who":"b","total":10},{"who":"a","total":7.5}]""", OneNode.Output("aggregate", Config, Orders));
    }

    [Fact]
    public void An_aggregate_of_nothing_is_empty() =>
        Assert.Equal("""{"n":0,"s":0,"m":null,"a":null,"l":[]}""", OneNode.Output("aggregate", """
            {"fields":{"n":{"operation":"count"},"s":{"operation":"sum"},"m":{"operation":"max"},"a":{"operation":"average"},"l":{"operation":"list"}}}
            """, "[]"));

    [Theory]
    [InlineData("[9223372036854775807,1]", "9.223372036854776E+18")]
    [InlineData("[1,null,2]", "3")]
    public void A_sum_neither_wraps_nor_trips_over_null(string input, string sum) =>
        Assert.Equal(ValueJson.Parse(sum), ValueJson.Parse(OneNode.Output("aggregate", """{"fields":{"s":{"operation":"sum"}}}""", input))["s"]);

    [Fact]
    public void A_sum_of_text_fails() =>
        Assert.Contains("it gives text, not a number (item 0)", OneNode.Error("aggregate", """{"fields":{"s":{"operation":"sum"}}}""", """["a"]""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"size":2}""", """[[1,2],[3]]""", "[1,2,3]")]
    [InlineData("""{"field":"items"}""", """[{"o":1,"items":"a"},{"o":1,"items":"b"}]""", """{"o":1,"items":["a","b"]}""")]
    [InlineData("""{"field":"x.items","keep":"only"}""", """["a","b","c"]""", """[{"x":{"items":["a","b"]}},{"x":{"items":["c"]}}]""")]
    public void A_split_makes_parts_or_items(string config, string output, string input) =>
        Assert.Equal(output, OneNode.Output("split", config, input));

    [Fact]
    public void A_split_of_a_field_that_is_no_list_fails() =>
        Assert.Equal("The field 'a' of item 0 is text, not a list.", OneNode.Error("split", """{"field":"a"}""", """{"a":"x"}""").Message);

    [Theory]
    [InlineData("filter", """{"condition":"true"}""")]
    [InlineData("sort", "{}")]
    [InlineData("limit", """{"count":1}""")]
    [InlineData("unique", "{}")]
    [InlineData("split", """{"size":1}""")]
    [InlineData("aggregate", """{"fields":{}}""")]
    public void Lists_are_named_where_what_arrived_is_none(string type, string config) =>
        Assert.Equal("The node's input is an object, not a list; name the list in 'items'.", OneNode.Error(type, config, """{"orders":[1]}""").Message);

    [Theory]
    [InlineData("filter", """{"items":"{{ input.orders }}","condition":"item > 1"}""", "[2]")]
    [InlineData("limit", """{"items":[7,8],"count":1}""", "[7]")]
    public void Items_name_the_list(string type, string config, string output) => Assert.Equal(output, OneNode.Output(type, config, """{"orders":[1,2]}"""));

    [Theory]
    [InlineData("addField", "{}", "")]
    [InlineData("addField", """{"fields":{"a..b":1}}""", "/fields")]
    [InlineData("addField", """{"fields":{"a":"{{ ( }}"}}""", "/fields/a")]
    [InlineData("transform", "{}", "")]
    [InlineData("transform", """{"expression":"1","template":1}""", "")]
    [InlineData("transform", """{"expression":"1 +"}""", "/expression")]
    [InlineData("filter", "{}", "")]
    [InlineData("filter", """{"condition":"item >"}""", "/condition")]
    [InlineData("sort", """{"order":"up"}""", "/order")]
    [InlineData("sort", """{"by":"item","keys":[{"by":"item"}]}""", "/keys")]
    [InlineData("limit", """{"count":-1}""", "/count")]
    [InlineData("limit", """{"count":"two"}""", "/count")]
    [InlineData("limit", """{"count":1,"offset":1.5}""", "/offset")]
    [InlineData("unique", """{"by":"("}""", "/by")]
    [InlineData("split", "{}", "")]
    [InlineData("split", """{"size":0}""", "/size")]
    [InlineData("aggregate", """{"fields":{"a":{"operation":"median"}}}""", "/fields/a/operation")]
    [InlineData("aggregate", """{"fields":{"a":{"operation":"sum","of":"("}}}""", "/fields/a/of")]
    [InlineData("aggregate", """{"groupBy":"item","fields":{"group":{"operation":"sum"}}}""", "/fields/group")]
    public void A_bad_config_is_located(string type, string config, string pointer) =>
        Assert.Equal("/nodes/0/config" + pointer, OneNode.Problem(type, config).Pointer);

    private static string Ids(string type, string config)
    {
        var list = OneNode.Run(type, config, Orders).Output("n").AsList();
        return $"[{string.Join(',', ((IEnumerable<Value>)list).Select(item => item["id"].AsInt()))}]";
    }

    [Theory]
    [InlineData("sort", """{"by":"item.?n"}""", """[{"n":1},{"n":2},{"x":1},{"n":null}]""")]
    [InlineData("sort", """{"by":"item.?n","order":"desc"}""", """[{"n":2},{"n":1},{"x":1},{"n":null}]""")]
    [InlineData("unique", """{"by":"item.?n"}""", """[{"n":2},{"x":1},{"n":1}]""")]
    public void A_field_that_some_items_do_not_have_is_null_where_it_is_asked_for_so(string type, string config, string output) =>
        Assert.Equal(output, OneNode.Output(type, config, """[{"n":2},{"x":1},{"n":1},{"n":null}]"""));

    [Theory]
    [InlineData("sort", """{"by":"item.n"}""")]
    [InlineData("filter", """{"condition":"item.n > 0"}""")]
    [InlineData("unique", """{"by":"item.n"}""")]
    [InlineData("aggregate", """{"fields":{"s":{"operation":"sum","of":"item.n"}}}""")]
    public void A_field_that_an_item_does_not_have_is_told_with_the_item(string type, string config)
    {
        var error = OneNode.Error(type, config, """[{"n":2},{"x":1}]""");
        Assert.Equal("expression", error.Type);
        Assert.Contains("'n'", error.Message);
        Assert.Contains("(item 1)", error.Message);
    }

    [Theory]
    [InlineData("addField", """{"field":"a.b","value":{"c":["{{ 1 / 0 }}"]}}""", "'/value/c/0'")]
    [InlineData("addField", """{"fields":{"a":{"c":"{{ 1 / 0 }}"}}}""", "'/fields/a/c'")]
    [InlineData("setVariable", """{"name":"v","value":["{{ 1 / 0 }}"]}""", "'/value/0'")]
    [InlineData("setVariable", """{"values":{"v":"{{ 1 / 0 }}"}}""", "'/values/v'")]
    public void A_template_that_fails_is_named_by_its_place_in_the_config(string type, string config, string place) =>
        Assert.Contains(place, OneNode.Error(type, config, "{}").Message);

    [Theory]
    [InlineData("""{"values":{"{{ data.x }}":1}}""", "/nodes/0/config/values")]
    [InlineData("""{"values":{"":1}}""", "/nodes/0/config/values")]
    [InlineData("""{"name":"","value":1}""", "/nodes/0/config/name")]
    public void The_name_of_a_variable_is_fixed(string config, string pointer) =>
        Assert.Equal(pointer, OneNode.Problem("setVariable", config).Pointer);

    [Fact]
    public void A_long_list_is_sorted_and_stays_stable()
    {
        const int Count = 100_000;
        var items = string.Join(',', Enumerable.Range(0, Count).Select(i => $$"""{"k":{{i % 3}},"i":{{i}}}"""));
        var sorted = OneNode.Run("sort", """{"by":"item.k"}""", $"[{items}]").Output("n").AsList();
        Assert.Equal(Enumerable.Range(0, Count).OrderBy(i => i % 3).Select(i => (long)i), sorted.Select(item => item["i"].AsInt()));
    }
}
