namespace Millrace.Bench.Peers;

/// <summary>The workloads as Millrace's documents.</summary>
internal static class MillraceWorkflows
{
    private const int Items = 100;

    public static string IdOf(Workload workload) => workload.ToString();

    public static IEnumerable<string> All(Uri witness) =>
    [
        Chain(IdOf(Workload.Chain), "noop", "{}"),
        Chain(IdOf(Workload.PureChain), "transform", """{"expression":"data"}"""),
        FanOut,
        FanOutOfNodes,
        Sleeper,
        Flight(witness),
    ];

    private static string FanOut => $$$"""
        {"id":"{{{IdOf(Workload.FanOut)}}}","name":"Fan-out","nodes":[{"id":"start","type":"start"},
         {"id":"each","type":"forEach","config":{"items":[{{{string.Join(',', Enumerable.Range(0, Items))}}}],"concurrency":{{{Items}}},"body":{"nodes":[{"id":"effect","type":"noop"}],"edges":[] } } }],
         "edges":[{"source":"start","target":"each"}]}
        """;

    private static string FanOutOfNodes
    {
        get
        {
            var effects = string.Join(',', Enumerable.Range(0, Items).Select(n => $$"""{"id":"n{{n}}","type":"noop"}"""));
            var edges = string.Join(',', Enumerable.Range(0, Items).Select(n => $$"""{"source":"start","target":"n{{n}}"},{"source":"n{{n}}","target":"all"}"""));
            return $$"""{"id":"{{IdOf(Workload.FanOutOfNodes)}}","name":"Fan-out of nodes","nodes":[{"id":"start","type":"start"},{{effects}},{"id":"all","type":"join"}],"edges":[{{edges}}]}""";
        }
    }

    private static string Sleeper => $$"""
        {"id":"{{IdOf(Workload.Sleeper)}}","name":"Sleeper","nodes":[{"id":"start","type":"start"},{"id":"sleep","type":"delay","config":{"duration":"PT1H" } },{"id":"after","type":"noop"}],
         "edges":[{"source":"start","target":"sleep"},{"source":"sleep","target":"after"}]}
        """;

    private static string Flight(Uri witness) => $$"""
        {"id":"{{IdOf(Workload.Flight)}}","name":"Flight","nodes":[{"id":"start","type":"start"},
         {"id":"a","type":"http","config":{"method":"POST","url":"{{witness}}" } },{"id":"sleep","type":"delay","config":{"duration":"PT2S" } },{"id":"b","type":"http","config":{"method":"POST","url":"{{witness}}" } }],
         "edges":[{"source":"start","target":"a"},{"source":"a","target":"sleep"},{"source":"sleep","target":"b"}]}
        """;

    public static string Chain(string id, string type, string config)
    {
        var nodes = string.Join(',', "abcde".Select(node => $$"""{"id":"{{node}}","type":"{{type}}","config":{{config}}}"""));
        var edges = string.Join(',', "abcd".Select(node => $$"""{"source":"{{node}}","target":"{{(char)(node + 1)}}"}"""));
        return $$"""{"id":"{{id}}","name":"{{id}}","nodes":[{"id":"start","type":"start"},{{nodes}}],"edges":[{"source":"start","target":"a"},{{edges}}]}""";
    }
}
