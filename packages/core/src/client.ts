import type { Connection } from './connection'
import { createHandle, type TaskHandle, type WatchOptions } from './handle'
import { createIdempotencyKey } from './idempotencyKey'
import { encodeInputs } from './inputs'
import { type ClientOptions, defaults } from './options'
import { type Call, request } from './request'
import { retrying } from './retrying'
import { say, type TaskError, toTaskError } from './taskError'
import type { TaskInfo, TaskInputs, TaskName, TaskPage, TaskResult, TaskStatus } from './types'
import { createWatching } from './watching'

/** What may be given to {@link TaskClient.run}. */
export interface RunOptions<N extends TaskName = TaskName> extends WatchOptions<N> {
  /**
   * Calls with the same key and inputs start one task between them, across reloads too.
   * @defaultValue a random key for each call
   */
  idempotencyKey?: string | undefined
}

/** What may follow the inputs: options, or version 1's three callbacks, each of which may be null. */
type RunRest<N extends TaskName> = [
  options?: RunOptions<N> | ((info: TaskInfo<N>) => void) | null,
  onSuccess?: ((info: TaskResult<N>) => void) | null,
  onError?: ((error: TaskError) => void) | null,
]

/** Inputs may be left out where the task requires none. */
export type RunArguments<N extends TaskName> =
  Record<never, never> extends TaskInputs<N>
    ? [inputs?: TaskInputs<N> | null, ...rest: RunRest<N>]
    : [inputs: TaskInputs<N>, ...rest: RunRest<N>]

/** Which tasks {@link TaskClient.list} gives. */
export interface ListFilter<N extends TaskName = TaskName> {
  task?: N | undefined
  status?: TaskStatus | undefined
  /** The `next` or `previous` of another page, which bears the filter of that page. */
  cursor?: string | null | undefined
  /** Ends the request; the promise then rejects with the code `aborted`. */
  signal?: AbortSignal | undefined
}

/** How to cancel a task. */
export interface CancelOptions {
  /** End a running task at once, without waiting for it to stop; where the server can, it kills it. */
  terminate?: boolean | undefined
}

/** Runs and watches the tasks of one server. Its functions may be taken off it and passed on. */
export interface TaskClient {
  /** May be changed at any time; see {@link ClientOptions}. */
  readonly options: ClientOptions
  /** How it hears of its tasks at the moment. */
  readonly connection: Connection
  /**
   * Starts a task. The request is tried up to five times where its answer was lost, and never starts two tasks.
   *
   * The third argument may be a function, and two more may follow: version 1's callbacks for each answer seen,
   * for success and for failure.
   */
  run<N extends TaskName>(name: N, ...args: RunArguments<N>): TaskHandle<N>
  /** Takes up a task that was started before. */
  watch<N extends TaskName = TaskName>(uuid: string, options?: WatchOptions<N> | null): TaskHandle<N>
  /** Lists the user's own tasks, newest first, a page at a time. */
  list<N extends TaskName = TaskName>(filter?: ListFilter<N> | null): Promise<TaskPage<N>>
  /** Asks the server to cancel a task: a waiting one ends at once, a running one when it next looks. */
  cancel(uuid: string, options?: CancelOptions): Promise<TaskInfo>
  /** Starts a failed or cancelled task again, under the same uuid. */
  retry(uuid: string): Promise<TaskInfo>
}

const maxTries = 5

/**
 * Makes a client with its own options and its own watching.
 *
 * @param given - what differs from the defaults
 */
export function createClient(given: Partial<ClientOptions> = {}): TaskClient {
  const options: ClientOptions = { ...defaults, ...given }
  const watching = createWatching(options)

  async function change(call: Call): Promise<TaskInfo> {
    const info = await request<TaskInfo>(options, call)
    watching.receive(info)
    return info
  }

  function run(
    name: string,
    inputs?: object | null,
    third?: RunOptions | ((info: TaskInfo) => void) | null,
    onSuccess?: ((info: TaskResult) => void) | null,
    onError?: ((error: TaskError) => void) | null,
  ): TaskHandle {
    const everyAnswer = !third || typeof third === 'function'
    const own: RunOptions = everyAnswer ? { onProgress: third, onSuccess, onError } : third
    const creation = quiet(create(name, inputs ?? {}, own))
    const cancelCreated = (how?: CancelOptions) => quiet(creation.then(({ uuid }) => cancel(uuid, how)))
    return createHandle(own, { watching, everyAnswer, creation, cancel: cancelCreated })
  }

  async function create(
    task: string,
    inputs: unknown,
    { idempotencyKey, signal }: RunOptions,
  ): Promise<TaskInfo> {
    const headers = { 'Idempotency-Key': idempotencyKey || createIdempotencyKey() }
    const call = { path: '', body: encodeInputs(task, inputs), headers }
    return retrying(options, maxTries, () => change(call), signal)
  }

  function watch(uuid: string, own?: WatchOptions | null): TaskHandle {
    return createHandle(own || {}, {
      watching,
      uuid: say(uuid).toLowerCase(),
      cancel: how => cancel(uuid, how),
    })
  }

  function list(filter?: ListFilter | null): Promise<TaskPage> {
    const own = filter || {}
    const ask = () => request<TaskPage>(options, { path: toQuery(own) }, own.signal)
    return quiet(retrying(options, maxTries, ask, own.signal))
  }

  // What is not said is left to the server, which refuses what it does not take.
  const act = (uuid: string, action: string, how?: CancelOptions) =>
    change({
      path: `${encodeURIComponent(uuid)}/${action}/`,
      body: JSON.stringify({ terminate: how?.terminate }),
    })
  // A cancel whose answer was lost may be asked for again; a retry may not, the task could be running by then.
  const cancel = (uuid: string, how?: CancelOptions) =>
    quiet(retrying(options, maxTries, () => act(uuid, 'cancel', how)))
  const retry = (uuid: string) => quiet(retrying(options, 1, () => act(uuid, 'retry')))

  return { options, connection: watching.connection, run, watch, list, cancel, retry } as TaskClient
}

/** Has it reject with nothing but a TaskError, which is not raised as unhandled if nobody asks for it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  const own = promise.catch(error => {
    throw toTaskError(error)
  })
  own.catch(() => {})
  return own
}

function toQuery({ task, status, cursor }: ListFilter): string {
  // Only the query of the next page's address: behind a proxy the server may not know its own host.
  if (cursor) return cursor.replace(/^[^?]*/, '')
  return `?${task ? `task=${encodeURIComponent(task)}&` : ''}${status ? `status=${status}` : ''}`
}
