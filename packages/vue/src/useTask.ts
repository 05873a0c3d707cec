import type { TaskClient, TaskName } from 'django-task-api'
import { createTaskStore, type TaskOptions } from 'django-task-api/stores'
import { type MaybeRefOrGetter, toValue } from 'vue'
import type { ClientOption } from './client'
import type { AwaitableActions, TaskRefs } from './taskRefs'
import { type Awaitable, useStore } from './useStore'

export type UseTaskOptions<N extends TaskName = TaskName> = TaskOptions<N> & ClientOption
export type UseTaskReturn<N extends TaskName = TaskName> = TaskRefs<N> & AwaitableActions<N>

/** Runs a task by its name, and shows the newest run. Awaiting it waits until no run is active. */
export function useTask<N extends TaskName>(
  name: MaybeRefOrGetter<N>,
  options?: MaybeRefOrGetter<UseTaskOptions<N> | undefined>,
): Awaitable<UseTaskReturn<N>> {
  const latest = {
    get current() {
      return { ...toValue(options) }
    },
  }
  const create = (client: TaskClient, key: N) => createTaskStore<N>(client, latest, key)
  return useStore(create, 'isActive', options, () => toValue(name)) as unknown as Awaitable<UseTaskReturn<N>>
}
