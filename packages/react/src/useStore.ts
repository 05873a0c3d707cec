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
  const identity = [client, ...keys]
  const latest = useRef(options)
  const committed = useRef<{ identity: unknown[]; store: Store<S> }>(null)
  // A store that is made in vain, as in strict mode, does nothing: only a subscription asks the server.
  // biome-ignore lint/correctness/useExhaustiveDependencies: there are as many keys each time, and no other create.
  const made = useMemo(() => ({ identity, store: create(client, latest, ...keys) }), identity)
  // React may forget what it has memoized, as fast refresh does, but what is shown must stay.
  const before = committed.current
  const shown = before && identity.every((key, i) => key === before.identity[i]) ? before : made
  // Before any effect that could run a task; and not in a render, which may be thrown away.
  useInsertionEffect(() => {
    latest.current = options
    committed.current = shown
  })
  const { subscribe, getSnapshot, getServerSnapshot } = shown.store
  return useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot)
}
