import type { ConnectionState } from '../connection'
import type { TaskError } from '../taskError'
import type { TaskInfo, TaskName, TaskOutputs, TaskStatus } from '../types'

/** The status of a task; or `idle`, as long as there is none. */
export type RunStatus = 'idle' | TaskStatus

/** How far a task is. */
export interface TaskProgress {
  /** Null until the task has set it. */
  value: number | null
  /** Null until the task has set it. */
  target: number | null
  /** Whole percents up to 100, rounded down. Null without a target. */
  percent: number | null
}

type Is<A, B> = A extends B ? true : false

interface StateWithStatus<N extends TaskName, S extends RunStatus> {
  /** `pending` from the moment it is started or looked for; `failed` also if it cannot be started or followed. */
  status: S
  isIdle: Is<S, 'idle'>
  isPending: Is<S, 'pending'>
  isRunning: Is<S, 'running'>
  isSucceeded: Is<S, 'succeeded'>
  isFailed: Is<S, 'failed'>
  isCancelled: Is<S, 'cancelled'>
  /** It is pending or running. */
  isActive: Is<S, 'pending' | 'running'>
  progress: TaskProgress
  /** What the task has said so far, oldest first. */
  messages: unknown[]
  /** Undefined until the task has succeeded. */
  outputs: S extends 'succeeded' ? TaskOutputs<N> : undefined
  /** Why there is no success; also why the task cannot be started, found or followed. */
  error: S extends 'failed' | 'cancelled' ? TaskError : undefined
  /** Undefined until the server has created the task. */
  uuid: string | undefined
  /** The newest snapshot as the server has told it, with times, inputs and attempts. */
  info: TaskInfo<N> | undefined
  /** How the client hears of its tasks at the moment. */
  connection: ConnectionState
}

/** One task, as a component shows it. Narrow it by `status` or by one of the flags. */
export type TaskState<N extends TaskName = TaskName> = {
  [S in RunStatus]: StateWithStatus<N, S>
}[RunStatus]

/** Completes what is known of a task by what follows from it. */
export function deriveState<S extends TaskState>(known: S): S {
  const { status, info } = known
  const { progress: value = null, target = null, messages = [], outputs } = info || {}
  const isPending = status === 'pending'
  const isRunning = status === 'running'
  const isSucceeded = status === 'succeeded'
  return {
    ...known,
    isIdle: status === 'idle',
    isPending,
    isRunning,
    isSucceeded,
    isFailed: status === 'failed',
    isCancelled: status === 'cancelled',
    isActive: isPending || isRunning,
    // Rounded down, so that 100 is said at the target and not before.
    progress: {
      value,
      target,
      percent: target ? Math.min(100, Math.floor((100 * (value as number)) / target)) : null,
    },
    messages,
    outputs: isSucceeded ? outputs : undefined,
  }
}
