// A client for Millrace's worker API: no packages, one file to copy.

/** A node type as it is registered. */
export interface NodeType {
  type: string;
  title?: string;
  summary?: string;
  configSchema?: object;
  ports?: string[];
  timeout?: string | number;
  concurrency?: number;
}

/** A task as the server gives it. */
export interface Task<Config = Record<string, unknown>> {
  id: string;
  type: string;
  token: string;
  config: Config;
  data: unknown;
  executionId: string;
  attempt: number;
  /** The same whenever this work is given out again: tell it to whatever must not happen twice. */
  idempotencyKey: string;
  /** What the worker that had the task before said of how far it was; sent with every heartbeat. */
  progress: unknown;
}

export interface Result {
  output?: unknown;
  port?: string;
  meta?: Record<string, unknown>;
}

/** Aborted when nobody waits for this worker's result any more: hand it on to whatever can be stopped. */
export type Handler<Config> = (task: Task<Config>, lost: AbortSignal) => Promise<Result>;

/** Fails a task. What becomes of it is for the node's retry, error port and onError to say. */
export class TaskFailed extends Error {
  constructor(message: string, readonly type = "failed", readonly retryable = true) {
    super(message);
  }
}

export interface Options {
  url: string;
  name: string;
  token?: string;
  /** Tasks at once. */
  slots?: number;
  /** Seconds that a task is ours without a heartbeat. */
  lease?: number;
}

interface Answer {
  status: number;
  body: any;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Worker {
  readonly #types: NodeType[] = [];
  readonly #handlers = new Map<string, Handler<any>>();
  readonly #stopping = new AbortController();
  readonly #lease: number;

  constructor(readonly options: Options) {
    this.#lease = (options.lease ?? 30) * 1000;
  }

  /** Makes a function the handler of a node type. */
  handles<Config>(type: NodeType, handler: Handler<Config>): this {
    this.#types.push(type);
    this.#handlers.set(type.type, handler);
    return this;
  }

  /** Works until SIGTERM or Ctrl-C; then finishes what it has begun. */
  async run(): Promise<void> {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.#stopping.abort());
    const registered = await this.#insist("/register", { worker: this.options.name, types: this.#types }, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    if (registered.status !== 200) throw new Error(registered.body.detail);
    console.log(`registered ${[...this.#handlers.keys()].join(", ")}`);
    await Promise.all(Array.from({ length: this.options.slots ?? 2 }, () => this.#work()));
    console.log("stopped");
  }

  async #work(): Promise<void> {
    const poll = { worker: this.options.name, types: [...this.#handlers.keys()], waitSeconds: 30, lease: this.#lease };
    while (!this.#stopping.signal.aborted) {
      // A poll that waits is hung up on: then its worker gets no task.
      const { status, body } = await this.#call("/poll", poll, this.#stopping.signal);
      if (status === 200) for (const task of body as Task[]) await this.#do(task);
      else if (!this.#stopping.signal.aborted) {
        console.log(`poll: ${body.detail}`);
        await pause(1000);
      }
    }
  }

  async #do(task: Task): Promise<void> {
    const lost = new AbortController();
    const heart = setInterval(() => void this.#beat(task, lost), this.#lease / 3);
    let verb = "complete";
    let answer: object;
    try {
      answer = await this.#handlers.get(task.type)!(task, lost.signal);
    } catch (error) {
      verb = "fail";
      answer = error instanceof TaskFailed
        ? { type: error.type, message: error.message, retryable: error.retryable }
        : { type: "broken", message: String(error) };
    } finally {
      clearInterval(heart);
    }
    if (lost.signal.aborted) return;
    // Said until it is answered: the same answer under the same token counts once.
    const { status, body } = await this.#insist(`/${task.id}/${verb}`, { token: task.token, ...answer });
    console.log(`${task.type} ${task.id}: ${status === 200 ? verb : body.detail}`);
  }

  async #beat(task: Task, lost: AbortController): Promise<void> {
    const { status, body } = await this.#call(`/${task.id}/heartbeat`, { token: task.token, lease: this.#lease, progress: task.progress });
    if ([404, 409, 410].includes(status)) {
      console.log(`lost: ${body.detail}`);
      lost.abort();
    }
  }

  async #insist(path: string, body: object, giveUp?: AbortSignal): Promise<Answer> {
    for (let wait = 200; ; wait = Math.min(wait * 2, 5000)) {
      const answer = await this.#call(path, body, giveUp);
      if ((answer.status > 0 && answer.status < 500 && answer.status !== 429) || giveUp?.aborted) return answer;
      await pause(wait);
    }
  }

  async #call(path: string, body: object, giveUp?: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.options.token) headers.Authorization = `Bearer ${this.options.token}`;
    const signals = [AbortSignal.timeout(60_000), ...(giveUp ? [giveUp] : [])];
    try {
      const response = await fetch(`${this.options.url}/api/v1/worker${path}`, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.any(signals) });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      return { status: 0, body: { detail: `${this.options.url} does not answer: ${error}` } };
    }
  }
}
