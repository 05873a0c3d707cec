import type { TaskName } from 'django-task-api'
import { createTaskStore, type TaskActions, type TaskOptions, type TaskState } from 'django-task-api/stores'
import type { ClientOption } from './client'
import { useStore } from './useStore'

export type UseTaskOptions<N extends TaskName = TaskName> = TaskOptions<N> & ClientOption
export type UseTaskReturn<N extends TaskName = TaskName> = TaskState<N> & TaskActions<N>

/** Runs a task by its name, and shows the newest run. */
export function useTask<N extends TaskName>(name: N, options?: UseTaskOptions<N>): UseTaskReturn<N> {
  return useStore(createTaskStore<N>, { ...options }, name)
}
