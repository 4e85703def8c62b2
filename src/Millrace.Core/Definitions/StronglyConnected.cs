namespace Millrace.Core.Definitions;

/// <summary>Strongly connected components of an int-indexed graph (Tarjan, without recursion).</summary>
internal static class StronglyConnected
{
    /// <summary>
    /// The component of every node. Components are numbered so that every edge between two of them leads from a higher number to a lower
    /// one.
    /// </summary>
    public static (int[] ComponentOf, int Count) Components(IReadOnlyList<int>[] successors)
    {
        var search = new Search(successors);
        for (var node = 0; node < successors.Length; node++)
            search.Visit(node);
        return (search.ComponentOf, search.Count);
    }

    private sealed class Search(IReadOnlyList<int>[] successors)
    {
        private readonly int[] _order = new int[successors.Length];
        private readonly int[] _lowest = new int[successors.Length];
        private readonly Stack<int> _open = [];
        private readonly Stack<(int Node, int Next)> _path = [];
        private int _visited;

        public int[] ComponentOf { get; } = Unassigned(successors.Length);

        public int Count { get; private set; }

        public void Visit(int root)
        {
            if (_order[root] != 0)
                return;
            Enter(root);
            while (_path.TryPop(out var step))
            {
                var (node, next) = step;
                if (next < successors[node].Count)
                {
                    _path.Push((node, next + 1));
                    Follow(node, successors[node][next]);
                    continue;
                }
                if (_lowest[node] == _order[node])
                    Close(node);
                if (_path.TryPeek(out var parent))
                    _lowest[parent.Node] = Math.Min(_lowest[parent.Node], _lowest[node]);
            }
        }

        private void Enter(int node)
        {
            _order[node] = _lowest[node] = ++_visited;
            _open.Push(node);
            _path.Push((node, 0));
        }

        private void Follow(int node, int successor)
        {
            if (_order[successor] == 0)
                Enter(successor);
            else if (ComponentOf[successor] < 0)
                _lowest[node] = Math.Min(_lowest[node], _order[successor]);
        }

        private void Close(int node)
        {
            int member;
            do
            {
                member = _open.Pop();
                ComponentOf[member] = Count;
            }
            while (member != node);
            Count++;
        }

        private static int[] Unassigned(int length)
        {
            var components = new int[length];
            Array.Fill(components, -1);
            return components;
        }
    }
}
