using System.Reflection;
using System.Text.Json.Serialization;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests.Security;

/// <summary>Security case 2: no type is ever named by data. That nothing looks one up by a name is the analyzer's to see to (src/BannedSymbols.txt).</summary>
public sealed class TypeTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Named = """{"$type": "System.Diagnostics.Process, System.Diagnostics.Process", "_type": "System.IO.FileInfo", "@type": "x", "__type": "y", "$id": "1", "$ref": "1", "$values": [1]}""";

    [Fact]
    public async Task Such_names_are_data_like_any_other()
    {
        var workflow = await server.CreateAsync($$$"""
            {"name": "Types", "variables": {"v": {{{Named}}} }, "nodes": [
              {"id": "add", "type": "addField", "config": {"field": "made", "value": {{{Named}}} } },
              {"id": "out", "type": "output", "config": {"value": {"given": "{{input}}", "made": "{{add.output.made}}", "kept": "{{variables.v}}"} } }],
             "edges": [{"source": "add", "target": "out"}]}
            """);
        var execution = await server.ExecuteAsync(workflow, $$"""{"input": {{Named}} }""", "?wait=10");

        var result = (await server.GetAsync($"/api/v1/executions/{execution}"))["result"];
        foreach (var name in (string[])["given", "made", "kept"])
            Assert.Equal(ValueJson.Parse(Named).ToJson(), result[name].ToJson());
    }

    [Theory]
    [InlineData("""{"$type": "X", "name": "T", "nodes": [{"id": "a", "type": "noop"}], "edges": []}""", 201)]
    [InlineData("""{"name": "T", "nodes": [{"id": "a", "type": "System.Diagnostics.Process"}], "edges": []}""", 422)]
    [InlineData("""{"name": "T", "nodes": [{"id": "a", "type": "Millrace.Nodes.Http.HttpNode, Millrace.Nodes"}], "edges": []}""", 422)]
    [InlineData("""{"name": "T", "nodes": [{"id": "a", "type": "HttpNode", "$type": "Millrace.Nodes.Http.HttpNode"}], "edges": []}""", 422)]
    [InlineData("""{"name": "T", "nodes": [{"id": "a", "type": {"$type": "System.String"}}], "edges": []}""", 422)]
    public async Task A_node_is_of_a_registered_type_or_of_none(string document, int status) =>
        Assert.Equal(status, (await server.PostAsync("/api/v1/workflows", document)).Status);

    [Fact]
    public void Nothing_is_read_as_a_type_that_the_text_chooses()
    {
        foreach (var assembly in (Assembly[])[typeof(Value).Assembly, typeof(NodeRegistry).Assembly, typeof(OutgoingHttp).Assembly, typeof(ServerFixture).Assembly, Assembly.Load("Millrace.Server")])
        {
            foreach (var type in assembly.GetTypes())
                Assert.False(type.IsDefined(typeof(JsonPolymorphicAttribute)) || type.IsDefined(typeof(JsonDerivedTypeAttribute)), $"{type} is polymorphic.");
            Assert.DoesNotContain(assembly.GetReferencedAssemblies(), reference => reference.Name is "Newtonsoft.Json" or "System.Runtime.Serialization.Formatters" or "System.Private.Xml.Serialization");
        }
    }

    [Fact]
    public void A_config_holds_no_type_that_could_become_another()
    {
        foreach (var type in typeof(OutgoingHttp).Assembly.GetTypes().Where(type => type.Name.EndsWith("Config", StringComparison.Ordinal)))
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
                Assert.False(property.PropertyType == typeof(object) || property.PropertyType is { IsAbstract: true, IsGenericType: false }, $"{type.Name}.{property.Name} is {property.PropertyType}.");
        }
    }
}
