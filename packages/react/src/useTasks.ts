import type { TaskName } from 'django-task-api'
import { createListStore, type TasksActions, type TasksFilter, type TasksState } from 'django-task-api/stores'
import type { ClientOption } from './client'
import { useStore } from './useStore'

export type UseTasksFilter<N extends TaskName = TaskName> = TasksFilter<N>
export type UseTasksOptions = ClientOption
export type UseTasksReturn<N extends TaskName = TaskName> = TasksState<N> & TasksActions

/** Lists the user's own tasks, newest first; those that are active change as they go on. */
export function useTasks<N extends TaskName = TaskName>(
  filter?: UseTasksFilter<N>,
  options?: UseTasksOptions,
): UseTasksReturn<N> {
  const { task, status } = filter || {}
  return useStore(createListStore<N>, { ...options }, task, status)
}
