import type { TaskClient } from '../client'
import type { ConnectionState } from '../connection'
import type { TaskError } from '../taskError'
import type { TaskInfo, TaskName, TaskPage, TaskStatus } from '../types'
import { createStore, type Store } from './store'

/** Which tasks are listed. */
export interface TasksFilter<N extends TaskName = TaskName> {
  task?: N | undefined
  status?: TaskStatus | undefined
}

export interface TasksState<N extends TaskName = TaskName> {
  /** The user's own tasks, newest first: all pages fetched so far. Those that are active change as they go on. */
  tasks: TaskInfo<N>[]
  /** Nothing has been fetched yet. */
  isLoading: boolean
  /** The server is being asked, for the first time or again. */
  isFetching: boolean
  /** There is one more page to fetch. */
  hasNext: boolean
  /** Why the list could not be fetched, or a task of it followed; what was known before stays in `tasks`. */
  error: TaskError | undefined
  /** How the client hears of its tasks at the moment. */
  connection: ConnectionState
}

export interface TasksActions {
  /** Fetches all pages again that are shown. The promise never rejects: see `error`. */
  refresh(): Promise<void>
  /** Fetches one more page, if there is one. The promise never rejects: see `error`. */
  fetchNext(): Promise<void>
}

export type ListStore<N extends TaskName = TaskName> = Store<TasksState<N> & TasksActions>

/** Makes the store of one component's list of tasks. It asks nothing by itself, so that it may be made in a render. */
export function createListStore<N extends TaskName>(client: TaskClient, filter?: TasksFilter<N>): ListStore<N>
export function createListStore(client: TaskClient, { task, status }: TasksFilter = {}): ListStore {
  let next: string | null | undefined
  /** Of the request that is under way. Another makes it obsolete. */
  let request: AbortController | undefined
  let isFollowed = false
  const store = createStore<TasksState & TasksActions>(
    client,
    {
      tasks: [],
      isLoading: true,
      isFetching: true,
      hasNext: false,
      error: undefined,
      refresh: () => load(),
      fetchNext: async () => {
        if (next && !request) await load(next, store.getSnapshot().tasks)
      },
    },
    state => state,
    turn => {
      isFollowed = turn
      follow()
      // Later, because a component may be back at once, as it is in React's strict mode.
      if (!turn) Promise.resolve().then(() => isFollowed || drop())
      else if (!request) load()
    },
  )
  return store

  function drop(): void {
    request?.abort()
    request = undefined
  }

  /** Adds the page at the cursor to those that are kept, and more pages until there are as many tasks as before. */
  function load(cursor?: string | null, kept: TaskInfo[] = []): Promise<void> {
    const own = new AbortController()

    function settle(news: Partial<TasksState>): void {
      if (request !== own) return
      request = undefined
      store.set({ ...news, isLoading: false, isFetching: false })
      follow()
    }

    function take(page: TaskPage): Promise<void> | undefined {
      const tasks = kept.concat(page.results)
      if (request === own && page.next && tasks.length < store.getSnapshot().tasks.length)
        return load(page.next, tasks)
      next = page.next
      settle({ tasks, hasNext: !!next, error: undefined })
    }

    drop()
    request = own
    store.set({ isFetching: true })
    return client.list({ task, status, cursor, signal: own.signal }).then(take, error => settle({ error }))
  }

  function follow(): void {
    const active = store.getSnapshot().tasks.filter(({ finished }) => !finished)
    store.follow(
      active.map(({ uuid }) => client.watch(uuid)),
      ({ uuid, error, getSnapshot }) => {
        const info = getSnapshot()
        store.set({
          tasks: store
            .getSnapshot()
            .tasks.map(row => (info && row.uuid === uuid && row.version < info.version ? info : row)),
          // A task that failed has an error too; this is about watching it.
          ...(error && !info?.finished && { error }),
        })
      },
    )
  }
}
