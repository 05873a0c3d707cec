import type { TaskClient } from 'django-task-api'
import type { Store } from 'django-task-api/stores'
import { type RefObject, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { type ClientOption, useTaskClient } from './client'

/**
 * Shows a store, and tells it the options of the newest render.
 *
 * @param keys - others than before make another store
 */
export function useStore<S, O extends ClientOption, K extends unknown[]>(
  create: (client: TaskClient, latest: RefObject<O>, ...keys: K) => Store<S>,
  options: O,
  ...keys: K
): S {
  const ofTree = useTaskClient()
  const client = options.client || ofTree
  const latest = useRef(options)
  // Before any effect that could run a task; and not in a render, which may be thrown away.
  useInsertionEffect(() => {
    latest.current = options
  })
  // A store that is made in vain, as in strict mode, does nothing: only a subscription asks the server.
  // biome-ignore lint/correctness/useExhaustiveDependencies: there are as many keys each time, and no other create.
  const store = useMemo(() => create(client, latest, ...keys), [client, ...keys])
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot)
}
