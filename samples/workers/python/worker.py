"""Two node types in Python. Run it with: python3 worker.py"""

import re
from collections import Counter

from millrace_worker import TaskFailed, from_environment

worker = from_environment("python")


@worker.handles(
    "textStatistics",
    title="Text statistics",
    summary="Counts the words of a text and finds its most frequent ones.",
    configSchema={
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string", "description": "The text."},
            "top": {"type": "integer", "minimum": 1, "maximum": 20, "default": 3, "description": "How many words to name."},
        },
    },
    timeout="PT10M",
)
def text_statistics(task):
    words = re.findall(r"\w+", task.config["text"].lower())
    if not words:
        raise TaskFailed("The text has no words.", type="empty_text", retryable=False)
    counts = Counter(words)
    return {"words": len(words), "top": sorted(counts, key=lambda word: (-counts[word], word))[: task.config.get("top", 3)]}


@worker.handles(
    "countPrimes",
    title="Count primes",
    summary="Counts the prime numbers below a limit, and goes on where the worker before it was.",
    configSchema={"type": "object", "required": ["below"], "properties": {"below": {"type": "integer", "minimum": 2, "maximum": 5_000_000}}},
    ports=["few", "many"],
)
def count_primes(task):
    # A progress is sent with every heartbeat; whoever has the task next begins there.
    progress = task.progress or {"next": 2, "found": 0}
    for number in range(progress["next"], task.config["below"]):
        if task.lost:
            return None
        if all(number % divisor for divisor in range(2, int(number**0.5) + 1)):
            progress["found"] += 1
        progress["next"] = number + 1
        task.progress = dict(progress)
    task.port = "many" if progress["found"] > 20 else "few"
    return {"primes": progress["found"]}


if __name__ == "__main__":
    worker.run()
