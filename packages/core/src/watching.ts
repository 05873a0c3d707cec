import { createAutoTransport } from './autoTransport'
import { type Connection, createConnection } from './connection'
import { createMembers } from './members'
import type { ClientOptions } from './options'
import type { FollowedTask, Receive } from './transport'
import type { TaskInfo } from './types'
import { findTask, isUuid, notFound } from './uuid'

/** All tasks of one client that somebody follows. However many follow the same task, the transport does it once. */
export interface Watching {
  readonly connection: Connection
  /**
   * Has a follower told of a task.
   *
   * @param follower - never has an older snapshot after a newer one
   * @param known - the newest snapshot that the follower has
   * @returns a function that ends it
   */
  follow(uuid: string, follower: Receive, known: TaskInfo | undefined): () => void
  /** The newest snapshot of a task, if somebody follows it. */
  peek(uuid: string | undefined): TaskInfo | undefined
  /** Passes on a snapshot that came from elsewhere. */
  receive(info: TaskInfo): void
}

interface TaskWithFollowers extends FollowedTask {
  add(follower: Receive): () => void
}

export function createWatching(options: ClientOptions): Watching {
  const { connection, setState } = createConnection()
  const tasks = createMembers<TaskWithFollowers>(count => count || transport.onEmpty())
  const transport = createAutoTransport(options, tasks.all, setState)
  const find = (uuid: string | undefined) => findTask(tasks.all(), uuid)

  function addTask(uuid: string, known: TaskInfo | undefined): TaskWithFollowers {
    const followers = createMembers<Receive>(count => count || remove())
    const task: TaskWithFollowers = {
      uuid,
      getSnapshot: () => known,
      add: followers.add,
      receive(info, error) {
        if (known && info && info.version < known.version) return
        known = info || known
        // Before it is told: who watches it anew then is not to join what has ended.
        if (!info) remove()
        for (const follower of followers.all()) follower(info, error)
      },
    }
    const remove = tasks.add(task)
    transport.onAdded()
    return task
  }

  return {
    connection,
    follow(uuid, follower, known) {
      if (!isUuid(uuid)) {
        follower(undefined, notFound(uuid))
        return () => {}
      }
      const task = find(uuid)
      const news = task?.getSnapshot()
      // Later, because the follower is still about to follow.
      if (news) Promise.resolve(news).then(follower)
      return (task || addTask(uuid, known)).add(follower)
    },
    peek: uuid => find(uuid)?.getSnapshot(),
    receive(info) {
      find(info.uuid)?.receive(info)
    },
  }
}
