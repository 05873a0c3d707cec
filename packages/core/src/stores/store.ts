import type { TaskClient } from '../client'
import type { ConnectionState } from '../connection'
import type { TaskHandle } from '../handle'

/**
 * What one component shows, followed while the component is there: without a subscriber nothing is asked of the
 * server. It has one subscriber at a time.
 */
export interface Store<S> {
  /** The same object until something has changed. */
  getSnapshot(): S
  /** What a server renders, and a page that takes it over must render first: the state before anything is known. */
  getServerSnapshot(): S
  subscribe(listener: () => void): () => void
}

/** A store, and what only its maker may do. */
export interface OwnStore<S> extends Store<S> {
  /** Changes the state, if anything in it is new. */
  set(news: Partial<S>): void
  /** Follows these tasks instead of others, while there is a subscriber. */
  follow(handles: TaskHandle[], onNews: (handle: TaskHandle) => void): void
}

/**
 * Makes a store that shows its client's connection, too.
 *
 * @param derive - completes a state by what follows from the rest of it
 * @param onTurn - called when somebody has subscribed, and when nobody is left
 */
export function createStore<S extends { connection: ConnectionState }>(
  { connection }: TaskClient,
  given: Omit<S, 'connection'>,
  derive: (state: S) => S,
  onTurn: (isFollowed: boolean) => void,
): OwnStore<S> {
  const first = derive({ ...given, connection: 'idle' } as S)
  let state = first
  let notify: (() => void) | undefined
  let unfollow: (() => void)[] = []
  update()

  function set(news: Partial<S>): void {
    for (const key in news) {
      if (news[key] !== state[key]) {
        state = derive({ ...state, ...news })
        notify?.()
        return
      }
    }
  }

  function update(): void {
    set({ connection: connection.getSnapshot() } as Partial<S>)
  }

  return {
    set,
    getSnapshot: () => state,
    getServerSnapshot: () => first,
    follow(handles, onNews) {
      const before = unfollow
      unfollow = notify ? handles.map(handle => handle.subscribe(() => onNews(handle))) : []
      // Only now, so that the client's stream stays if some task is in both.
      for (const end of before) end()
    },
    subscribe(listener) {
      const leave = connection.subscribe(update)
      notify = listener
      update()
      onTurn(true)
      return () => {
        notify = undefined
        leave()
        onTurn(false)
      }
    },
  }
}
