# Runs one call of somebody's code. Frames go out on the channel, one JSON object a line: {"ready"}, {"log", "level"}, and at last {"result"} or
# {"error": {"type", "message", "line", "trace"}}. The call comes in as one line: {"code", "arguments"} or {"code", "data"}.
import ast, io, json, os, sys

FILE = "<code>"
LONGEST_LINE = 8192
channel = os.fdopen(os.dup(1), "wb", 0)
os.dup2(2, 1)


def send(frame):
    channel.write(json.dumps(frame, allow_nan=False).encode() + b"\n")


class Lines(io.TextIOBase):
    def __init__(self, level):
        self.level, self.rest = level, ""

    def writable(self):
        return True

    def write(self, text):
        lines = (self.rest + str(text)).split("\n")
        self.rest = lines.pop()
        while len(self.rest) > LONGEST_LINE:
            lines.append(self.rest[:LONGEST_LINE])
            self.rest = self.rest[LONGEST_LINE:]
        for line in lines:
            send({"log": line, "level": self.level})
        return len(text)

    def finish(self):
        if self.rest:
            send({"log": self.rest, "level": self.level})
            self.rest = ""


def is_process(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return statement.name == "process"
    return isinstance(statement, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "process" for target in statement.targets)


def load(code, names):
    tree = ast.parse(code, FILE)
    if not any(is_process(statement) for statement in tree.body):
        # A body that returns: the same lines inside of a function.
        parameters = ast.arguments(posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[])
        body = tree.body or [ast.Pass()]
        tree.body = [ast.FunctionDef("process", parameters, body, [], lineno=1, col_offset=0)]
        ast.fix_missing_locations(tree)
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(tree, FILE, "exec"), scope)
    return scope["process"]


def invoke(process, call):
    import inspect
    if "arguments" in call:
        result = process(**call["arguments"])
    else:
        result = process(call["data"]) if inspect.signature(process).parameters else process()
    if inspect.iscoroutine(result):
        import asyncio
        result = asyncio.run(result)
    return result


def place(error):
    import traceback
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    trace = [f"line {frame.lineno}, in {frame.name}" for frame in frames[-10:]]
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno, trace
    return (frames[-1].lineno if frames else None), trace


def describe(error):
    line, trace = place(error)
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    if isinstance(error, MemoryError):
        message = "it needed more memory than it may use"
    if isinstance(error, SystemExit):
        message = "it ended its own process"
    return {"type": type(error).__name__, "message": message[:4000], "line": line, "trace": trace}


def main():
    send({"ready": True})
    call = json.loads(sys.stdin.buffer.readline())
    sys.stdin = io.StringIO("")
    sys.stdout, sys.stderr = Lines("info"), Lines("warn")
    try:
        names = list(call["arguments"]) if "arguments" in call else ["data"]
        result = invoke(load(call["code"], names), call)
    except BaseException as error:
        frame = {"error": describe(error)}
    else:
        try:
            frame = {"result": result}
            json.dumps(frame, allow_nan=False)
        except BaseException as error:
            frame = {"error": {"type": "result", "message": f"the result cannot be JSON: {str(error)[:1000]}", "line": None, "trace": []}}
    sys.stdout.finish()
    sys.stderr.finish()
    send(frame)
    os._exit(0)


main()
