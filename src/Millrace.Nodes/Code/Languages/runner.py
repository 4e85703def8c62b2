# Runs calls of somebody's code, one at a time, each in a fork of this process, which has loaded the usual modules and never runs any
# code itself. Frames go both ways: four bytes of length, least significant first, and JSON. In comes {"code", "memory"} with "arguments",
# "data" or "check", then {"next"}; out go {"ready"}, from the fork {"log", "level"} and at last {"result"} or {"error": {"type", "message",
# "line", "trace"}}, or {"ended"} if the fork died; and {"idle"} with the word of "next" once nothing of the call is left.
import ast, asyncio, base64, bisect, calendar, collections, concurrent.futures, copy, csv, ctypes, dataclasses, datetime, decimal, difflib
import email, enum, errno, fcntl, fractions, functools, gc, gzip, hashlib, heapq, hmac, html, inspect, io, itertools, json, locale, math
import mmap, operator, os, pathlib, random, re, resource, secrets, select, signal, statistics, string, struct, sys, textwrap, threading
import time, traceback, types, typing, unicodedata, urllib.parse, uuid, warnings, xml.etree.ElementTree, zlib
try:
    import zoneinfo
except ImportError:
    pass

FILE = "<code>"
LONGEST_LINE = 8192
MEBIBYTE = 1024 * 1024
STACK_OF_A_THREAD = 2 * MEBIBYTE
OWN_MEBIBYTES = 16
MOST_INTEGER, LEAST_INTEGER = 2 ** 63 - 1, -2 ** 63
PACKAGES, CONFINEMENT, MOST_THREADS, MOST_FILES, DISK_BYTES = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
IS_CONFINED = CONFINEMENT != "unconfined"
FILTER = bytes.fromhex(CONFINEMENT) if IS_CONFINED else b""


def read_exactly(count):
    parts = []
    while count > 0:
        part = os.read(0, min(count, MEBIBYTE))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_frame():
    return read_exactly(struct.unpack("<I", read_exactly(4))[0])


channel = 1
# One frame after the other, whichever thread sends it, and whatever it prints meanwhile.
channel_lock = threading.RLock()


# What is half of a character is a question mark; a result was checked for that before.
def encoded(frame):
    return json.dumps(frame, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")


def send(frame):
    send_bytes(encoded(frame))


def send_bytes(text):
    data = memoryview(struct.pack("<I", len(text)) + text)
    with channel_lock:
        while data:
            data = data[os.write(channel, data):]


# Of a process that code has started, where it may: it does not hold the channel, which says when the call has ended.
def leave_channel():
    global channel_lock
    channel_lock = threading.RLock()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, channel, inheritable=False)
    os.close(nothing)


class Lines(io.TextIOBase):
    def __init__(self, level):
        self.level, self.rest = level, ""

    def writable(self):
        return True

    def write(self, text):
        with channel_lock:
            lines = (self.rest + str(text)).split("\n")
            self.rest = lines.pop()
            while len(self.rest) > LONGEST_LINE:
                lines.append(self.rest[:LONGEST_LINE])
                self.rest = self.rest[LONGEST_LINE:]
            for line in lines:
                send({"log": line, "level": self.level})
        return len(text)

    def finish(self):
        with channel_lock:
            if self.rest:
                send({"log": self.rest, "level": self.level})
                self.rest = ""


class NoProcess(Exception):
    pass


def names_of(target):
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from names_of(one)


def is_process(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name == "process"
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any((alias.asname or alias.name) == "process" for alias in statement.names)
    if isinstance(statement, ast.Assign):
        return any("process" in names_of(target) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and "process" in names_of(statement.target)
    return any(is_process(one) for field in ("body", "orelse", "finalbody", "handlers") for one in getattr(statement, field, []))


def returns(nodes):
    for node in nodes:
        if isinstance(node, ast.Return):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if returns(ast.iter_child_nodes(node)):
            return True
    return False


def parse(code, names):
    tree = ast.parse(code, FILE)
    gives = True
    if not any(is_process(statement) for statement in tree.body):
        gives = returns(tree.body)
        # A body that returns: the same lines inside of a function.
        args = [ast.arg(name) for name in names if name.isidentifier()]
        parameters = ast.arguments(posonlyargs=[], args=args, kwonlyargs=[], kw_defaults=[], defaults=[])
        body = tree.body or [ast.Pass()]
        tree.body = [ast.FunctionDef("process", parameters, body, [], lineno=1, col_offset=0, type_params=[])]
        ast.fix_missing_locations(tree)
    return compile(tree, FILE, "exec"), gives


def check(code):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return None if parse(code, ["data"])[1] else {}
    except SyntaxError as error:
        return {"message": error.msg, "line": error.lineno or 1, "column": error.offset or 1}
    except (ValueError, RecursionError, MemoryError) as error:
        return {"message": str(error) or "it is nested too deeply to be read", "line": 1, "column": 1}


def load(code, names):
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    compiled, gives = parse(code, names)
    exec(compiled, module.__dict__)
    process = module.__dict__.get("process")
    if not callable(process):
        raise NoProcess("'process' is not a function")
    return process, gives


def invoke(process, call):
    if "arguments" in call:
        result = process(**call["arguments"])
    else:
        try:
            takes = bool(inspect.signature(process).parameters)
        except (TypeError, ValueError):
            takes = True
        result = process(call["data"]) if takes else process()
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    return result


# What JSON has no word for, or this Python another than Millrace, with its place.
def checked(value, place="", open_ids=()):
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        whole(value, place)
        return
    if isinstance(value, int):
        if not LEAST_INTEGER <= value <= MOST_INTEGER:
            raise ValueError(f"an integer below -2**63 or above 2**63-1 (at '{place or '/'}'); make text of it with str()")
        return
    if isinstance(value, float):
        if value != value or value in (math.inf, -math.inf):
            raise ValueError(f"{value} (at '{place or '/'}')")
        return
    if isinstance(value, (list, tuple)):
        entries = enumerate(value)
    elif isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key of type {type(key).__name__}, {key!r:.100} (at '{place or '/'}'); keys are text")
            whole(key, place)
        entries = value.items()
    else:
        raise TypeError(f"a value of type {type(value).__name__} (at '{place or '/'}')")
    if id(value) in open_ids or len(open_ids) > 120:
        raise ValueError("it contains itself, or is nested too deeply")
    inner = (*open_ids, id(value))
    for key, item in entries:
        # Nearly all that there is in most results.
        if not (item is None or item is True or item is False or type(item) is str and item.isascii()):
            checked(item, f"{place}/{key}", inner)


def whole(text, place):
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"a text with half of a surrogate pair (at '{place or '/'}')") from None


HINTS = {
    "ModuleNotFoundError": "only Python's standard library is there, and what the operator adds with CODE_PYTHON_PACKAGES; "
        "for calls to services use an http node",
    "BlockingIOError": "code cannot start processes or other programs",
    "network": "code has no network; use an http node before or after it",
    "files": "code sees no files of the server, and writes only in /tmp; pass data in by input_mapping, or use a storage node",
}


def hint(error):
    if isinstance(error, ModuleNotFoundError):
        return HINTS["ModuleNotFoundError"]
    if isinstance(error, BlockingIOError) and error.errno == errno.EAGAIN:
        return HINTS["BlockingIOError"]
    network = (errno.EAFNOSUPPORT, errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)
    name = type(error).__name__
    if isinstance(error, OSError) and (error.errno in network or name in ("gaierror", "URLError")):
        return HINTS["network"]
    if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.EACCES, errno.EROFS) and not str(error.filename).startswith("/tmp"):
        return HINTS["files"]
    return None


def place(error):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    trace = [f"line {frame.lineno}, in {frame.name}" for frame in frames[-10:]]
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno, trace
    return (frames[-1].lineno if frames else None), trace


def describe(error):
    line, trace = place(error)
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:
        message = "an error that cannot be told"
    if isinstance(error, MemoryError):
        message = "it needed more memory than it may use"
    if isinstance(error, SystemExit):
        message = "it ended its own process"
    if instead := hint(error):
        message = f"{message}: {instead}"
    kind = "no_process" if isinstance(error, NoProcess) else type(error).__name__
    return {"type": kind, "message": message[:4000], "line": line, "trace": trace}


def answer(call):
    if call.get("check"):
        return encoded({"result": check(call["code"])})
    try:
        names = list(call["arguments"]) if "arguments" in call else ["data"]
        process, gives = load(call["code"], names)
        result = invoke(process, call)
        if not gives:
            raise NoProcess("it has neither a function 'process' nor a 'return', so it gives nothing back")
    except BaseException as error:
        return encoded({"error": describe(error)})
    try:
        checked(result)
        return encoded({"result": result})
    except BaseException as error:
        message = f"the result cannot be JSON: {str(error)[:1000]}"
        return encoded({"error": {"type": "result", "message": message, "line": None, "trace": []}})


def run():
    global channel
    # Read here and not before the fork: no call's data are ever in the parent's memory.
    body = read_frame()
    # The way out, and nothing else that the parent has; no other program takes it along.
    channel = os.dup2(1, 3, inheritable=False)
    end_with_parent()
    os.register_at_fork(after_in_child=leave_channel)
    nothing = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if nothing > 3:
        os.close(nothing)
    call = json.loads(body)
    if IS_CONFINED:
        confine(call["memory"])
    sys.stdin = io.StringIO("")
    sys.stdout, sys.stderr = Lines("info"), Lines("warn")
    out, err = sys.stdout, sys.stderr
    text = answer(call)
    out.finish()
    err.finish()
    send_bytes(text)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
filter_buffer = ctypes.create_string_buffer(FILTER, max(len(FILTER), 1))
filter_program = Program(len(FILTER) // 8, ctypes.addressof(filter_buffer))


# However that ends, also in the middle of a call. Where a sandbox stands around this, it does the same.
def end_with_parent():
    if sys.platform == "linux":
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)


def limit(kind, most):
    resource.setrlimit(kind, (most, most))


# One limit for all of its memory: what it maps, however it shares it; its own folder is taken off beforehand. It can start no process,
# so that this one is all.
def confine(mebibytes):
    limit(resource.RLIMIT_AS, own_bytes + (OWN_MEBIBYTES + mebibytes) * MEBIBYTE)
    limit(resource.RLIMIT_NOFILE, MOST_FILES)
    limit(resource.RLIMIT_FSIZE, DISK_BYTES)
    limit(resource.RLIMIT_NPROC, MOST_THREADS + 2)
    limit(resource.RLIMIT_CORE, 0)
    threading.stack_size(STACK_OF_A_THREAD)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(filter_program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the filter of system calls is not taken")


# How much this process has mapped: the smallest limit under which it can map a page more.
def mapped_bytes():
    low, high = 0, 1 << 40
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    while high - low > 65536:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
        try:
            mmap.mmap(-1, mmap.PAGESIZE).close()
            high = middle
        except (OSError, MemoryError):
            low = middle
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    return high


# Nothing of a call is there for the next. What would be hard to clear away ends this process instead.
def sweep():
    if not IS_CONFINED:
        return
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    while True:
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
    # Its flags belong to the pipe, which the next call shares.
    fcntl.fcntl(1, fcntl.F_SETFL, channel_flags)
    os.chmod("/tmp", 0o700)
    with os.scandir("/tmp") as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                os._exit(0)
            os.unlink(entry.path)
    os.utime("/tmp", (0, 0))


def ended(status):
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"signal {number} ({signal.Signals(number).name}) ended it" if number in set(signal.Signals) else f"signal {number} ended it"
    return "it exited by itself"


def serve():
    arrival = select.poll()
    arrival.register(0, select.POLLIN)
    while True:
        if not arrival.poll()[0][1] & select.POLLIN:
            os._exit(0)
        child = os.fork()
        if child == 0:
            try:
                run()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        sweep()
        # Read only where no result has come before it.
        send({"ended": ended(status)})
        send({"idle": json.loads(read_frame())["next"]})


end_with_parent()
os.environ.pop("MALLOC_ARENA_MAX", None)
if PACKAGES:
    sys.path.append(PACKAGES)
sys.argv = [""]
asyncio.new_event_loop().close()
json.loads(json.dumps({"warm": [1, 1.5, None]}))
os.umask(0o077)
if IS_CONFINED:
    os.chdir("/tmp")
    os.chmod("/tmp", 0o700)
    os.utime("/tmp", (0, 0))
channel_flags = fcntl.fcntl(1, fcntl.F_GETFL)
own_bytes = mapped_bytes() if IS_CONFINED else 0
gc.collect()
gc.freeze()
send({"ready": True})
serve()
