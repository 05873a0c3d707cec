import type { TaskClient, TaskName } from 'django-task-api'
import { createTaskStore, type FollowOptions } from 'django-task-api/stores'
import { type MaybeRefOrGetter, toValue } from 'vue'
import type { ClientOption } from './client'
import type { AwaitableActions, TaskRefs } from './taskRefs'
import { type Awaitable, useStore } from './useStore'

export type UseTaskRunOptions<N extends TaskName = TaskName> = FollowOptions<N> & ClientOption
export type UseTaskRunReturn<N extends TaskName = TaskName> = TaskRefs<N> &
  Pick<AwaitableActions<N>, 'cancel'>

/**
 * Shows a task that was started before, by its uuid; nothing as long as there is no uuid. Awaiting it waits for the
 * task's end.
 */
export function useTaskRun<N extends TaskName = TaskName>(
  uuid: MaybeRefOrGetter<string | null | undefined>,
  options?: MaybeRefOrGetter<UseTaskRunOptions<N> | undefined>,
): Awaitable<UseTaskRunReturn<N>> {
  const latest = {
    get current() {
      return { ...toValue(options) }
    },
  }
  const create = (client: TaskClient, key: string | null | undefined) =>
    createTaskStore<N>(client, latest, undefined, key)
  return useStore(create, 'isActive', options, () => toValue(uuid)) as unknown as Awaitable<
    UseTaskRunReturn<N>
  >
}
