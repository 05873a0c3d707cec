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
  readonly current: TaskOptions<N>
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

/** What the callbacks have had of one task. */
interface Told {
  info?: TaskInfo
  messages: number
  isEnd?: boolean
}

/**
 * Makes the store of one component's task: of the newest run of a name, or of a uuid. It asks nothing by itself, so
 * that it may be made in a render.
 *
 * @param latest - read whenever it is needed
 * @param name - the task that is run
 * @param uuid - the task to follow at first
 */
export function createTaskStore<N extends TaskName>(
  client: TaskClient,
  latest: Latest<N>,
  name?: N,
  uuid?: string | null,
): TaskStore<N>
export function createTaskStore(
  client: TaskClient,
  latest: Latest,
  name?: TaskName,
  uuid?: string | null,
): TaskStore {
  let handle = uuid ? client.watch(uuid) : undefined
  /** Nobody has asked for the task: it is there from before a reload. */
  let isResumed = false
  let isFollowed = false
  /** Another object for each task that is shown. */
  let told: Told = { messages: 0 }
  const first = { status: handle ? 'pending' : 'idle', info: undefined, uuid: handle?.uuid, error: undefined }
  const actions = { run, cancel: () => handle?.cancel(), reset }
  const store = createStore<TaskState & TaskActions>(
    client,
    { ...first, ...actions } as TaskState & TaskActions,
    deriveState,
    onTurn,
  )
  read()
  return store

  function onTurn(turn: boolean): void {
    isFollowed = turn
    const kept = turn && !handle && keptUuid(latest.current.resume)
    if (kept) show(client.watch(kept), true)
    else {
      follow()
      if (turn) update()
    }
  }

  function show(next?: TaskHandle, resumed = false): void {
    handle = next
    isResumed = resumed
    told = { messages: 0 }
    follow()
    update()
  }

  function follow(): void {
    store.follow(handle ? [handle] : [], update)
  }

  function read(): void {
    const { uuid, error } = handle || {}
    const info = handle?.getSnapshot()
    const known = info?.status
    const status = error && known !== 'cancelled' ? 'failed' : known || (handle ? 'pending' : 'idle')
    store.set({ info, uuid, error, status } as Partial<TaskState>)
  }

  function update(): void {
    if (isResumed && isLost()) {
      reset()
      return
    }
    read()
    const { uuid, error, isActive } = store.getSnapshot()
    // A server that cannot be reached may be reached after a reload.
    if (!error?.transient) keptUuid(latest.current.resume, isActive && uuid ? uuid : null)
    if (isFollowed) tell(told)
  }

  /** Whether what was kept is no task of this store: pruned, or another user's since a login has ended. */
  function isLost(): boolean {
    const info = handle?.getSnapshot()
    const { httpStatus, code } = handle?.error || {}
    return info ? info.task !== name : /^(40[134]|not_found)$/.test(`${httpStatus || code}`)
  }

  function tell(own: Told): void {
    const { info, error, isActive, isIdle } = store.getSnapshot()
    if (info && info !== own.info) {
      own.info = info
      while (own.messages < info.messages.length) call(own, 'onMessage', info.messages[own.messages++], info)
      call(own, 'onProgress', info)
    }
    if (isActive || isIdle || own.isEnd) return
    own.isEnd = true
    if (error) call(own, 'onError', error)
    else call(own, 'onSuccess', info)
  }

  function call(own: Told, name: keyof FollowOptions, ...args: unknown[]): void {
    // A callback may have shown another task.
    if (own === told) callSafely(latest.current[name] as ((...args: unknown[]) => void) | undefined, ...args)
  }

  function run(inputs?: TaskInputs | null): TaskHandle {
    const next = client.run(name as TaskName, inputs, {})
    // The uuid is kept even if the component has gone before it is known.
    const leave = next.subscribe(() => {
      leave()
      if (next === handle) update()
    })
    show(next)
    return next
  }

  function reset(): void {
    show()
  }
}
