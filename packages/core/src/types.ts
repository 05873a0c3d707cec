/**
 * The tasks that the compiler knows, open for augmentation:
 *
 * ```ts
 * import 'django-task-api' // Without it, a file of declarations would replace the module.
 *
 * declare module 'django-task-api' {
 *   interface Register {
 *     tasks: { sum: { inputs: { numbers: number[] }; outputs: { sum: number } } }
 *   }
 * }
 * ```
 *
 * Without it every name is accepted, and inputs and outputs are loosely typed.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is empty so that a project can fill it.
export interface Register {}

// biome-ignore lint/suspicious/noExplicitAny: an unregistered task's values are as JSON.parse gives them.
type LooseObject = Record<string, any>

type RegisteredTasks = Register extends { tasks: infer T }
  ? T
  : Record<string, { inputs: LooseObject; outputs: LooseObject }>

/** The name of a task: one of those in {@link Register}, or any string without it. */
export type TaskName = keyof RegisteredTasks & string

/** What task `N` takes. */
export type TaskInputs<N extends TaskName = TaskName> = RegisteredTasks[N] extends { inputs: infer I }
  ? I
  : LooseObject

/** What task `N` gives once it has succeeded. */
export type TaskOutputs<N extends TaskName = TaskName> = RegisteredTasks[N] extends { outputs: infer O }
  ? O
  : LooseObject

/** Why a task did not succeed. */
export interface TaskFailure {
  /** A word for programs, such as `lost`, `expired`, or what the task gave to `TaskFailed`. */
  code: string
  /** A sentence for people. */
  message: string
}

/** What every snapshot holds, whatever its status. Times are ISO 8601 in UTC. */
export interface TaskFields<N extends TaskName = TaskName> {
  uuid: string
  task: N
  progress: number | null
  target: number | null
  inputs: TaskInputs<N>
  /** What the task has said so far, oldest first: JSON values, usually strings. */
  messages: unknown[]
  created: string
  started: string | null
  finished: string | null
  /** Grows with every change, so that the newer of two snapshots can be told. */
  version: number
  attempt: number
  max_attempts: number
  /** A cancel was asked for; a running task may still take a moment to stop. */
  cancel_requested: boolean
}

// biome-ignore lint/suspicious/noEmptyInterface: reading a name off it must not compile before `status` is narrowed.
interface NoOutputs {}

/** Outputs of a task that has not succeeded: none where tasks are registered, loose otherwise. */
type OutputsBefore = string extends TaskName ? LooseObject : NoOutputs

export interface PendingTask<N extends TaskName = TaskName> extends TaskFields<N> {
  status: 'pending'
  outputs: OutputsBefore
  error: TaskFailure | null
}

export interface RunningTask<N extends TaskName = TaskName> extends TaskFields<N> {
  status: 'running'
  outputs: OutputsBefore
  error: TaskFailure | null
}

export interface SucceededTask<N extends TaskName = TaskName> extends TaskFields<N> {
  status: 'succeeded'
  outputs: TaskOutputs<N>
  error: null
}

export interface FailedTask<N extends TaskName = TaskName> extends TaskFields<N> {
  status: 'failed'
  outputs: OutputsBefore
  error: TaskFailure
}

export interface CancelledTask<N extends TaskName = TaskName> extends TaskFields<N> {
  status: 'cancelled'
  outputs: OutputsBefore
  error: TaskFailure | null
}

type TaskStates<N extends TaskName> =
  | PendingTask<N>
  | RunningTask<N>
  | SucceededTask<N>
  | FailedTask<N>
  | CancelledTask<N>

/** One task as the server tells it: the same shape in every answer. Narrow it by `status` (and `task`). */
export type TaskInfo<N extends TaskName = TaskName> = N extends TaskName ? TaskStates<N> : never

/** What awaiting a task gives: its last snapshot, succeeded. */
export type TaskResult<N extends TaskName = TaskName> = N extends TaskName ? SucceededTask<N> : never

export type TaskStatus = TaskInfo['status']

/** One page of {@link TaskClient.list}, newest first. */
export interface TaskPage<N extends TaskName = TaskName> {
  /** The address of the page after this one; give it as `cursor`. */
  next: string | null
  /** The address of the page before this one; give it as `cursor`. */
  previous: string | null
  results: TaskInfo<N>[]
}
