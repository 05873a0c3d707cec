import type { TaskError } from './taskError'
import type { TaskInfo } from './types'

/** Somebody who follows a task. */
export interface Watcher {
  readonly uuid: string
  /** The newest snapshot known. */
  getSnapshot(): TaskInfo | undefined
  /**
   * Takes a snapshot, which may be an old one, or an error after which nothing more will come: the task is gone,
   * or the transport has given up.
   */
  receive(news: TaskInfo | TaskError): void
}

/** Brings the news of all tasks that a list of watchers follows. It is told of each change of the list. */
export interface Transport {
  onAdded(): void
  /** With the last watcher nothing of the transport is left: no timer, listener or request. */
  onRemoved(): void
}
