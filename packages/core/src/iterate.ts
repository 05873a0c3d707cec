import type { TaskHandle } from './handle'
import { isFinished } from './snapshot'
import type { TaskInfo } from './types'

/**
 * Iterates over a task's snapshots up to its last one, then throws if the task did not succeed. A loop that is
 * slower than the task sees the newest snapshot each time, not all of them.
 */
export function iterate(handle: TaskHandle): AsyncIterator<TaskInfo, void> {
  let isEnded = false
  let wake: () => void = () => {}

  async function* generate(): AsyncGenerator<TaskInfo, void, void> {
    let last: TaskInfo | undefined
    const unsubscribe = handle.subscribe(() => wake())
    try {
      while (!isEnded) {
        const info = handle.getSnapshot()
        if (info && info !== last) {
          last = info
          yield info
        } else if (handle.error) {
          throw handle.error
        } else if (info && isFinished(info)) {
          return
        } else {
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      }
    } finally {
      unsubscribe()
    }
  }

  const snapshots = generate()
  return {
    next: () => snapshots.next(),
    // A generator's own would wait for a pending `next()`, and so for the task.
    return() {
      isEnded = true
      wake()
      return snapshots.return()
    },
  }
}
