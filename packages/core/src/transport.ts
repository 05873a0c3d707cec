import type { TaskError } from './taskError'
import type { TaskInfo } from './types'

/** Takes a snapshot; or, if there is none, an error after which nothing more will come. */
export type Receive = (info: TaskInfo | undefined, error?: TaskError) => void

/** A task that somebody follows. */
export interface FollowedTask {
  readonly uuid: string
  /** The newest snapshot known. */
  getSnapshot(): TaskInfo | undefined
  /** The snapshot may be an old one. The error says that the task is gone, or that the transport has given up. */
  receive: Receive
}

/** Brings the news of all followed tasks. */
export interface Transport {
  /** Is told that one more task is followed. */
  onAdded(): void
  /** Is told that none is left. Then nothing is left here: no timer, listener or request. */
  onEmpty(): void
}
