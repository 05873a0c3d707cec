import type { ClientOptions } from './options'
import { createPollTransport } from './pollTransport'
import type { Watcher } from './transport'
import type { TaskInfo } from './types'

/** Everybody who follows tasks of one client. However many follow the same task, the transport does it once. */
export interface Watching {
  /**
   * Has a watcher told of its task.
   *
   * @returns a function that ends it
   */
  follow(watcher: Watcher): () => void
  /** The newest snapshot of a task, if somebody follows it. */
  peek(uuid: string | undefined): TaskInfo | undefined
  /** Passes on a snapshot that came from elsewhere. */
  receive(info: TaskInfo): void
}

export function createWatching(options: ClientOptions): Watching {
  let watchers: Watcher[] = []
  const transport = createPollTransport(options, () => watchers)
  const of = (uuid: string | undefined) => watchers.filter(watcher => watcher.uuid === uuid)

  return {
    follow(watcher) {
      watchers = watchers.concat(watcher)
      transport.onAdded()
      return () => {
        watchers = watchers.filter(other => other !== watcher)
        transport.onRemoved()
      }
    },
    peek: uuid => of(uuid)[0]?.getSnapshot(),
    receive(info) {
      for (const watcher of of(info.uuid)) watcher.receive(info)
    },
  }
}
