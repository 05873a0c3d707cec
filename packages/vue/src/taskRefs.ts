import type { TaskState } from '@django-task-api/stores'
import type { TaskName } from 'django-task-api'
import type { ShallowRef } from 'vue'

/** What is known of one task: a readonly ref for each fact. */
export type TaskRefs<N extends TaskName = TaskName> = {
  readonly [K in keyof TaskState<N>]: Readonly<ShallowRef<TaskState<N>[K]>>
}
