import { callSafely } from './callback'
import type { CancelOptions } from './client'
import { iterate } from './iterate'
import { createMembers } from './members'
import { isFinished } from './snapshot'
import { abortError, outcomeError, type TaskError } from './taskError'
import type { TaskInfo, TaskName, TaskResult } from './types'
import type { Watching } from './watching'

/** What may be given to {@link TaskClient.watch}, and to {@link TaskClient.run} among others. */
export interface WatchOptions<N extends TaskName = TaskName> {
  /**
   * Called with each new snapshot, the last one included.
   * @defaultValue undefined
   */
  onProgress?: ((info: TaskInfo<N>) => void) | null | undefined
  /**
   * Called once for each message of the task, those it had before it was watched included.
   * @defaultValue undefined
   */
  onMessage?: ((message: unknown, info: TaskInfo<N>) => void) | null | undefined
  /**
   * Called when the task has succeeded.
   * @defaultValue undefined
   */
  onSuccess?: ((info: TaskResult<N>) => void) | null | undefined
  /**
   * Called when the task has failed or been cancelled, or can be watched no longer.
   * @defaultValue undefined
   */
  onError?: ((error: TaskError) => void) | null | undefined
  /**
   * Stops watching; the handle then rejects with the code `aborted`. The task itself goes on.
   * @defaultValue undefined
   */
  signal?: AbortSignal | undefined
}

/**
 * One task being run or watched: await it for its end, iterate over it for its snapshots, or subscribe to it.
 * The server is asked only while somebody awaits, iterates or subscribes, or gave callbacks.
 */
export interface TaskHandle<N extends TaskName = TaskName>
  extends Promise<TaskResult<N>>,
    AsyncIterable<TaskInfo<N>> {
  /** Undefined until the server has answered that the task is created. */
  readonly uuid: string | undefined
  /** Why there will be no success; undefined as long as there may be. */
  readonly error: TaskError | undefined
  /** The newest snapshot, the same object until something has changed; undefined until one was seen. */
  getSnapshot(): TaskInfo<N> | undefined
  /**
   * Calls back at each change of {@link getSnapshot} or {@link error}.
   *
   * @returns a function that ends the subscription
   */
  subscribe(listener: (info: TaskInfo<N> | undefined) => void): () => void
  /** Asks the server to cancel the task, once it is created. */
  cancel(options?: CancelOptions): Promise<TaskInfo<N>>
}

/** What a handle needs besides the caller's options. */
export interface HandleSetup {
  watching: Watching
  /** Known from the start if the task is watched, not run. */
  uuid?: string
  /** The answer that creates the task, if it is run. */
  creation?: Promise<TaskInfo>
  /** Version 1 called back for each answer, new or not. */
  everyAnswer?: boolean
  cancel(options?: CancelOptions): Promise<TaskInfo>
}

export function createHandle(options: WatchOptions, setup: HandleSetup): TaskHandle {
  const { watching, everyAnswer, creation, cancel } = setup
  const { onProgress, onMessage, onSuccess, onError, signal } = options
  let { uuid } = setup
  let info = watching.peek(uuid)
  let error: TaskError | undefined
  let isSettled = false
  /** What the callbacks have had so far. */
  let toldVersion = 0
  let toldMessages = 0
  const listeners = createMembers<(info: TaskInfo | undefined) => void>(update)
  let unfollow: (() => void) | undefined
  let conclude: () => void
  const promise = new Promise<TaskResult>((resolve, reject) => {
    conclude = () => (error ? reject(error) : resolve(info as TaskResult))
  })
  // This also keeps a handle that nobody awaits from raising an unhandled rejection.
  promise.then(
    result => callSafely(onSuccess, result),
    failure => callSafely(onError, failure),
  )

  /** Follows the task only while somebody wants to know of it. */
  function update(): void {
    if (uuid !== undefined && listeners.all().length && !isSettled) {
      unfollow ||= watching.follow(uuid, receive, info)
    } else {
      unfollow?.()
      unfollow = undefined
    }
  }

  function notify(): void {
    update()
    for (const listener of listeners.all()) callSafely(listener, info)
  }

  function settle(failure?: TaskError): void {
    if (isSettled) return
    isSettled = true
    error = failure
    signal?.removeEventListener('abort', abort)
    conclude()
    notify()
  }

  const getSnapshot = () => info

  function receive(news: TaskInfo | undefined, failure?: TaskError): void {
    if (!news) {
      settle(failure)
      return
    }
    const { version, messages, status } = news
    const isNew = version > toldVersion
    if (isSettled || !(isNew || (everyAnswer && version === toldVersion))) return
    if (isNew) info = news
    toldVersion = version
    while (toldMessages < messages.length) callSafely(onMessage, messages[toldMessages++], news)
    callSafely(onProgress, news)
    if (isFinished(news)) settle(status === 'succeeded' ? undefined : outcomeError(news))
    else notify()
  }

  function abort(): void {
    settle(abortError(signal as AbortSignal, info))
  }

  function subscribe(listener: (info: TaskInfo | undefined) => void): () => void {
    // The same function may subscribe twice, and end one of the two.
    const unsubscribe = listeners.add(news => listener(news))
    update()
    return unsubscribe
  }

  function whole(): Promise<TaskResult> {
    subscribe(() => {})
    return promise
  }

  const handle: TaskHandle = {
    get uuid() {
      return uuid
    },
    get error() {
      return error
    },
    getSnapshot,
    subscribe,
    cancel,
    // biome-ignore lint/suspicious/noThenProperty: it is a thenable, so that only awaiting makes it poll.
    then: (onFulfilled, onRejected) => whole().then(onFulfilled, onRejected),
    catch: onRejected => whole().catch(onRejected),
    finally: onFinally => whole().finally(onFinally),
    [Symbol.asyncIterator]: () => iterate(handle),
    [Symbol.toStringTag]: 'TaskHandle',
  }

  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  creation?.then(first => {
    uuid = first.uuid
    receive(first)
  }, settle)
  if (onProgress || onMessage || onSuccess || onError) whole()
  return handle
}
