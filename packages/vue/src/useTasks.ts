import type { TaskClient, TaskName, TaskStatus } from 'django-task-api'
import { createListStore, type TasksActions, type TasksFilter, type TasksState } from 'django-task-api/stores'
import { type MaybeRefOrGetter, toValue } from 'vue'
import type { ClientOption } from './client'
import { type Awaitable, type Refs, useStore } from './useStore'

/** Which tasks are listed; each part may be a ref or a getter. */
export type UseTasksFilter<N extends TaskName = TaskName> = {
  [K in keyof TasksFilter<N>]: MaybeRefOrGetter<TasksFilter<N>[K]>
}
export type UseTasksOptions = ClientOption
export type UseTasksReturn<N extends TaskName = TaskName> = Refs<TasksState<N> & TasksActions>

/**
 * Lists the user's own tasks, newest first; those that are active change as they go on. Awaiting it waits for the
 * server's answer.
 */
export function useTasks<N extends TaskName = TaskName>(
  filter?: MaybeRefOrGetter<UseTasksFilter<N> | undefined>,
  options?: MaybeRefOrGetter<UseTasksOptions | undefined>,
): Awaitable<UseTasksReturn<N>> {
  return useStore(
    (client: TaskClient, task?: N, status?: TaskStatus) => createListStore<N>(client, { task, status }),
    'isFetching',
    options,
    () => toValue(toValue(filter)?.task),
    () => toValue(toValue(filter)?.status),
  )
}
