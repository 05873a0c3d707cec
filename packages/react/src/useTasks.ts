import type { TaskClient, TaskName, TaskStatus } from 'django-task-api'
import { createListStore, type TasksActions, type TasksFilter, type TasksState } from 'django-task-api/stores'
import type { ClientOption } from './client'
import { useStore } from './useStore'

export type UseTasksFilter<N extends TaskName = TaskName> = TasksFilter<N>
export type UseTasksOptions = ClientOption
export type UseTasksReturn<N extends TaskName = TaskName> = TasksState<N> & TasksActions

function create<N extends TaskName>(client: TaskClient, _latest: unknown, task?: N, status?: TaskStatus) {
  return createListStore<N>(client, { task, status })
}

/** Lists the user's own tasks, newest first; those that are active change as they go on. */
export function useTasks<N extends TaskName = TaskName>(
  filter?: UseTasksFilter<N>,
  options?: UseTasksOptions,
): UseTasksReturn<N> {
  const { task, status } = filter || {}
  return useStore(create<N>, { ...options }, task, status)
}
