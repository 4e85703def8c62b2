using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Planted;

/// <summary>A bug that is planted into what is around the engine, to prove that the simulation finds it.</summary>
internal abstract class PlantedBug
{
    /// <summary>Every bug by its name, with the rule that it breaks.</summary>
    public static IReadOnlyDictionary<string, (string Rule, Func<PlantedBug> Plant)> All { get; } = new Dictionary<string, (string, Func<PlantedBug>)>
    {
        ["skips the fence"] = ("owner", () => new InStore(store => new FencelessStore(store))),
        ["answers a message before it is written"] = ("acknowledged", () => new InStore(store => new HastyInboxStore(store))),
        ["starts an effect before its intent is durable"] = ("intent first", () => new InStore(store => new HastyCommitStore(store))),
        ["answers a step before it is recorded"] = ("step durable", () => new InStore(store => new HastyStepStore(store))),
        ["forgets steps after a recovery"] = ("step never again", () => new InStore(store => new ForgetsStepsStore(store))),
        ["loses a commit"] = ("intent first", () => new InStore(store => new ForgetfulStore(store))),
        ["leaves a handled message in the inbox"] = ("taken once", () => new InStore(store => new RepeatingInboxStore(store))),
        ["does not know a doubled message again"] = ("taken once", () => new InStore(store => new DoublesInboxStore(store))),
        ["ends twice"] = ("one end", () => new InStore(store => new EndsTwiceStore(store))),
        ["skips a seq"] = ("gapless", () => new InStore(store => new SkipsSeqStore(store))),
        ["loses the time to wake"] = ("stuck", () => new InStore(store => new NeverWakesStore(store))),
        ["loses a timer"] = ("stuck", () => new LosesTimers()),
        ["fires a timer again after a recovery"] = ("runs", () => new InStore(store => new ForgetsCompletionsStore(store, "delay"))),
        ["runs a completed node again after a recovery"] = ("never again", () => new InStore(store => new ForgetsCompletionsStore(store, "noop"))),
        ["forgets children on cancel"] = ("stuck", () => new InStore(store => new LosesMessagesStore(store, "cancel"))),
        ["does not tell parents"] = ("stuck", () => new InStore(store => new LosesMessagesStore(store, "child"))),
        ["keeps slots for ever"] = ("stuck", () => new InStore(store => new KeepsSlotsStore(store))),
        ["ignores limits"] = ("limit", () => new InStore(store => new LimitlessStore(store))),
        ["drops keys against doubled starts"] = ("one start", () => new InStore(store => new KeylessStore(store))),
        ["claims for nobody"] = ("stuck", () => new InStore(store => new ClaimsForNobodyStore(store))),
        ["charges what is not recorded yet"] = ("spent", () => new InStore(store => new ChargesEarlyStore(store))),
        ["charges nothing for steps"] = ("spent", () => new InStore(store => new ForgivesStepsStore(store))),
        ["forgets node runs"] = ("list of node runs", () => new InStore(store => new ForgetsRunsStore(store))),
        ["changes the key of an effect that runs again"] = ("one key", () => new InStore(store => new ChangesKeysStore(store))),
    };

    /// <summary>A store with the bug in it, for one process.</summary>
    public virtual IStore Store(IStore store) => store;

    /// <summary>What a timer does that has the bug in it.</summary>
    public virtual Action Timer(Action fire) => fire;

    private sealed class InStore(Func<IStore, IStore> plant) : PlantedBug
    {
        public override IStore Store(IStore store) => plant(store);
    }

    private sealed class LosesTimers : PlantedBug
    {
        private int _count;

        public override Action Timer(Action fire) => ++_count % 5 == 0 ? () => { } : fire;
    }
}
