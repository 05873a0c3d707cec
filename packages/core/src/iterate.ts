import type { TaskHandle } from './handle'
import { isFinished } from './snapshot'
import type { TaskInfo } from './types'

/**
 * Iterates over a task's snapshots up to its last one, then throws if the task did not succeed. A loop that is
 * slower than the task sees the newest snapshot each time, not all of them.
 */
export async function* iterate(handle: TaskHandle): AsyncGenerator<TaskInfo, void, void> {
  let last: TaskInfo | undefined
  let wake: () => void = () => {}
  const unsubscribe = handle.subscribe(() => wake())
  try {
    for (;;) {
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
