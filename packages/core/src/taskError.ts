import type { TaskFields, TaskInfo, TaskStatus } from './types'

/**
 * The codes that the client itself gives. A failed task's error bears the task's own code instead, such as
 * `lost`, `expired` or what the task gave to `TaskFailed`.
 */
export type ClientErrorCode =
  | 'network'
  | 'timeout'
  | 'http'
  | 'invalid_response'
  | 'invalid_options'
  | 'invalid_inputs'
  | 'not_found'
  | 'failed'
  | 'cancelled'
  | 'aborted'
  | 'unexpected'

/** `string & {}` keeps the known codes in completions. */
export type TaskErrorCode = ClientErrorCode | (string & {})

/** What is known of a failure besides its code and message: see {@link TaskError}. */
export interface TaskErrorContext {
  info?: TaskInfo | undefined
  httpStatus?: number
  detail?: unknown
  transient?: boolean
  retryAfter?: number | undefined
  cause?: unknown
}

/**
 * Everything that this library rejects with. Where the task ended without success, it bears the snapshot's
 * keys too (`status`, `messages`, `error`…), as version 1's rejections did.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor copies exactly the keys of the interface.
export class TaskError extends Error implements TaskErrorContext {
  /** What went wrong, for programs. */
  readonly code: TaskErrorCode
  /** The last snapshot, if one was seen. */
  declare readonly info?: TaskInfo | undefined
  /** The status of an HTTP answer that was an error, or was no task. */
  declare readonly httpStatus?: number
  /** The body of that answer where it was JSON: usually errors by field. */
  declare readonly detail?: unknown
  /** The same request may succeed later. */
  declare readonly transient?: boolean
  /** How long the server asked to wait, in milliseconds. */
  declare readonly retryAfter?: number | undefined

  constructor(code: TaskErrorCode, message: string, context: TaskErrorContext = {}) {
    super(message)
    // Generic code tells an abort by this name, as fetch's own rejections have it.
    this.name = code === 'aborted' ? 'AbortError' : 'TaskError'
    this.code = code
    copyNewKeys(context, this)
    copyNewKeys(context.info, this)
  }
}

/** The snapshot's keys are there when {@link TaskError.info} is. */
export interface TaskError extends Partial<TaskFields> {
  readonly status?: TaskStatus
  readonly outputs?: TaskInfo['outputs']
  readonly error?: TaskInfo['error']
}

function copyNewKeys(from: object | undefined, to: object): void {
  for (const key in from) {
    if (!(key in to)) (to as Record<string, unknown>)[key] = (from as Record<string, unknown>)[key]
  }
}

/** Says any value: as it stands in a text, a symbol or an object without a prototype would throw. */
export function say(value: unknown): string {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}

/** Makes a {@link TaskError} of whatever was thrown. */
export function toTaskError(cause: unknown): TaskError {
  return cause instanceof TaskError ? cause : new TaskError('unexpected', say(cause), { cause })
}

/** Makes the error of what a signal has ended. */
export function abortError({ reason }: AbortSignal, info?: TaskInfo): TaskError {
  return new TaskError('aborted', 'The signal was aborted.', { info, cause: reason })
}

/** Makes the error of a task that ended without success. */
export function outcomeError(info: TaskInfo): TaskError {
  const { error, task, uuid, status } = info
  return new TaskError(
    error?.code || status,
    error?.message || `Task "${task}" (${uuid}) ended as ${status}.`,
    {
      info,
    },
  )
}
