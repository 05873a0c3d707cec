import type { TaskName } from 'django-task-api'
import { createTaskStore, type FollowOptions, type TaskActions, type TaskState } from 'django-task-api/stores'
import type { ClientOption } from './client'
import { useStore } from './useStore'

export type UseTaskRunOptions<N extends TaskName = TaskName> = FollowOptions<N> & ClientOption
export type UseTaskRunReturn<N extends TaskName = TaskName> = TaskState<N> & Pick<TaskActions<N>, 'cancel'>

/** Shows a task that was started before, by its uuid; nothing as long as there is no uuid. */
export function useTaskRun<N extends TaskName = TaskName>(
  uuid: string | null | undefined,
  options?: UseTaskRunOptions<N>,
): UseTaskRunReturn<N> {
  return useStore(createTaskStore<N>, { ...options }, undefined, uuid)
}
