import { callSafely } from '../callback'
import type { TaskClient } from '../client'
import type { TaskHandle, WatchOptions } from '../handle'
import type { TaskInfo, TaskInputs, TaskName } from '../types'
import { keptUuid } from './keptUuid'
import { createStore, type Store } from './store'
import { deriveState, type TaskState } from './taskState'

/** Callbacks. Each is called only while the component is there, and once for each thing that it tells of. */
export type FollowOptions<N extends TaskName = TaskName> = Omit<WatchOptions<N>, 'signal'>

/** Callbacks, and where to find the task again after a reload. */
export interface TaskOptions<N extends TaskName = TaskName> extends FollowOptions<N> {
  /**
   * A name of your choice. Under it the uuid is kept in `sessionStorage` while the task is active, and the task
   * is taken up again after a reload.
   * @defaultValue undefined
   */
  resume?: string | undefined
}

/** What the component says at the moment. */
export interface Latest<N extends TaskName = TaskName> {
  readonly current: TaskOptions<N> & { name?: N }
}

/** Inputs may be left out where the task requires none. */
export type RunInputs<N extends TaskName> =
  Record<never, never> extends TaskInputs<N> ? [inputs?: TaskInputs<N> | null] : [inputs: TaskInputs<N>]

export interface TaskActions<N extends TaskName = TaskName> {
  /** Starts the task, and shows this run from now on. The handle that it gives may be awaited, or left alone. */
  run(...args: RunInputs<N>): TaskHandle<N>
  /** Asks the server to cancel the task that is shown. Does nothing if there is none. */
  cancel(): Promise<TaskInfo<N>> | undefined
  /** Shows no task any more. The task itself goes on. */
  reset(): void
}

export type TaskStore<N extends TaskName = TaskName> = Store<TaskState<N> & TaskActions<N>>

/**
 * Makes the store of one component's task.
 *
 * @param uuid - the task to follow, where none is to be run
 */
export function createTaskStore<N extends TaskName>(
  client: TaskClient,
  latest: Latest<N>,
  uuid?: string | null,
): TaskStore<N>
export function createTaskStore(client: TaskClient, latest: Latest, uuid?: string | null): TaskStore {
  let handle = uuid ? client.watch(uuid) : undefined
  /** Nobody has asked for the task: it is there from before a reload. */
  let isResumed = false
  let isFollowed = false
  /** What the callbacks have had so far. */
  let toldInfo: TaskInfo | undefined
  let toldMessages = 0
  let isEndTold = false
  const actions = { run, cancel: () => handle?.cancel(), reset }
  const store = createStore<TaskState & TaskActions>(
    client,
    actions as TaskState & TaskActions,
    deriveState,
    onTurn,
  )
  update()
  return store

  function onTurn(turn: boolean): void {
    isFollowed = turn
    const kept = !handle && keptUuid(latest.current.resume)
    if (kept) show(client.watch(kept), true)
    else follow()
  }

  function show(next?: TaskHandle, resumed = false): void {
    handle = next
    isResumed = resumed
    toldInfo = undefined
    toldMessages = 0
    isEndTold = false
    follow()
  }

  function follow(): void {
    store.follow(handle ? [handle] : [], update)
    update()
  }

  function update(): void {
    const { uuid, error } = handle || {}
    const info = handle?.getSnapshot()
    const known = info?.status
    // Pruned, or another user's by now: a login may have ended.
    if (isResumed && error && /not_found|^40[134]/.test(`${error.httpStatus}${error.code}`)) {
      reset()
      return
    }
    const status = error && known !== 'cancelled' ? 'failed' : known || (handle ? 'pending' : 'idle')
    store.set({ info, uuid, error, status } as Partial<TaskState>)
    if (isFollowed) tell()
  }

  function tell(): void {
    const { info, uuid, error, isActive, isIdle } = store.getSnapshot()
    const isEnd = !isActive && !isEndTold
    isEndTold = !isActive
    // A server that cannot be reached may be reached after a reload.
    if (!error?.transient) keptUuid(latest.current.resume, isActive && uuid ? uuid : null)
    if (info && info !== toldInfo) {
      toldInfo = info
      while (toldMessages < info.messages.length) call('onMessage', info.messages[toldMessages++], info)
      call('onProgress', info)
    }
    if (isEnd && !isIdle) error ? call('onError', error) : call('onSuccess', info)
  }

  function call(name: keyof FollowOptions, ...args: unknown[]): void {
    callSafely(latest.current[name] as ((...args: unknown[]) => void) | undefined, ...args)
  }

  function run(inputs?: TaskInputs | null): TaskHandle {
    const next = client.run(latest.current.name as TaskName, inputs, {})
    show(next)
    return next
  }

  function reset(): void {
    show()
  }
}
