namespace Millrace.Cli.Tests;

/// <summary>Workflows that several tests use.</summary>
internal static class Documents
{
    public const string Route = """
        {"id":"route","name":"Route","nodes":[
          {"id":"start","type":"start"},
          {"id":"big","type":"conditional","config":{"condition":"input.value > 10","true_edge":"y","false_edge":"n"}},
          {"id":"yes","type":"transform","config":{"expression":"{'size': 'big', 'value': data.value}"}},
          {"id":"no","type":"transform","config":{"expression":"{'size': 'small'}"}}],
         "edges":[
          {"source":"start","target":"big"},
          {"id":"y","source":"big","target":"yes"},
          {"id":"n","source":"big","target":"no"}]}
        """;

    public const string Fails = """
        {"id":"fails","name":"Fails","nodes":[
          {"id":"start","type":"start"},
          {"id":"print","type":"fail","config":{"message":"There is no more paper."}}],
         "edges":[{"source":"start","target":"print"}]}
        """;

    /// <summary>Waits for longer than any test.</summary>
    public const string Waits = """
        {"id":"waits","name":"Waits","nodes":[
          {"id":"start","type":"start"},
          {"id":"pause","type":"delay","config":{"duration":"1h"}}],
         "edges":[{"source":"start","target":"pause"}]}
        """;

    /// <summary>Waits for a moment, then writes a line to the log.</summary>
    public const string WaitsBriefly = """
        {"id":"briefly","name":"Waits briefly","nodes":[
          {"id":"start","type":"start"},
          {"id":"pause","type":"delay","config":{"duration":"3s"}},
          {"id":"say","type":"log","config":{"message":"Hello {{input.name}}"}}],
         "edges":[{"source":"start","target":"pause"},{"source":"pause","target":"say"}]}
        """;
}
