using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What an execution is started with, as data.</summary>
public static class StartJson
{
    /// <summary>Converts a start to data.</summary>
    public static MapValue Write(ExecutionStart start)
    {
        var json = new MapBuilder().SetIfPresent("input", start.Input);
        Add(json, "inputs", start.Inputs);
        Add(json, "variables", start.Variables);
        Add(json, "trigger", start.Trigger);
        if (start.StartNode is { } node)
            json.Set("startNode", node);
        if (start.Parent is { } parent)
            json.Set("parent", MapValue.Of(("executionId", parent.ExecutionId), ("nodeId", parent.NodeId), ("iteration", parent.Iteration)));
        if (start.Version > 0)
            json.Set("version", (long)start.Version);
        if (start.Origin is { } origin)
            json.Set("origin", Write(origin));
        return json.SetIfPresent("state", start.State).Build();
    }

    /// <summary>Converts data to a start.</summary>
    public static ExecutionStart Read(Value json) => new()
    {
        Input = json["input"],
        Inputs = Map(json["inputs"]),
        Variables = Map(json["variables"]),
        Trigger = Map(json["trigger"]),
        StartNode = json["startNode"].TryGetString(out var node) ? node : null,
        Parent = json["parent"].TryGetMap(out var parent) ? ReadParent(parent) : null,
        Version = json["version"].TryGetInt(out var version) ? (int)version : 0,
        Origin = json["origin"].TryGetMap(out var origin) ? ReadOrigin(origin) : null,
        State = json["state"],
    };

    private static ParentLink ReadParent(Value parent) => new(parent["executionId"].AsString(), parent["nodeId"].AsString(), parent["iteration"].AsString());

    private static MapValue Write(ForkOrigin origin)
    {
        var json = new MapBuilder().Set("executionId", origin.ExecutionId).Set("seq", origin.Seq).Set("keyId", origin.KeyId).Set("confirmed", origin.Confirmed);
        if (origin.Undoes)
            json.Set("undoes", true);
        return json.Build();
    }

    private static ForkOrigin ReadOrigin(Value origin) =>
        new(origin["executionId"].AsString(), origin["seq"].AsInt(), origin["keyId"].AsString(), IsSet(origin["confirmed"]), IsSet(origin["undoes"]));

    private static bool IsSet(Value flag) => flag.TryGetBool(out var isSet) && isSet;

    private static void Add(MapBuilder json, string name, MapValue map)
    {
        if (map.Count > 0)
            json.Set(name, map);
    }

    private static MapValue Map(Value value) => value.TryGetMap(out var map) ? map : MapValue.Empty;
}
