import type { TaskClient } from './client'
import { tasks } from './defaultClient'
import type { ClientOptions } from './options'

export type { CancelOptions, ListFilter, RunOptions, TaskClient } from './client'
export { createClient } from './client'
export type { Connection, ConnectionState } from './connection'
export type { DefaultClient } from './defaultClient'
export type { TaskHandle, WatchOptions } from './handle'
export type { ClientOptions, RequestHeaders } from './options'
export type { ClientErrorCode, TaskErrorCode } from './taskError'
export { TaskError } from './taskError'
export type {
  CancelledTask,
  FailedTask,
  PendingTask,
  Register,
  RunningTask,
  SucceededTask,
  TaskFailure,
  TaskFields,
  TaskInfo,
  TaskInputs,
  TaskName,
  TaskOutputs,
  TaskPage,
  TaskResult,
  TaskStatus,
} from './types'

export const run: TaskClient['run'] = tasks.run
export const watch: TaskClient['watch'] = tasks.watch
export const list: TaskClient['list'] = tasks.list
export const cancel: TaskClient['cancel'] = tasks.cancel
export const retry: TaskClient['retry'] = tasks.retry
/** How the default client hears of its tasks at the moment. */
export const connection: TaskClient['connection'] = tasks.connection
/** The options of the default client; see {@link ClientOptions}. */
export const options: ClientOptions = tasks.options
export default tasks
