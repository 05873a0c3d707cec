import type { TaskHandle, TaskInfo, TaskName } from 'django-task-api'
import type { RunInputs, TaskActions, TaskState } from 'django-task-api/stores'
import type { ShallowRef } from 'vue'

/** What is known of one task: a readonly ref for each fact. */
export type TaskRefs<N extends TaskName = TaskName> = {
  readonly [K in keyof TaskState<N>]: Readonly<ShallowRef<TaskState<N>[K]>>
}

/** The actions. What they give can be awaited, and lacks `catch`: Vue would log for an event handler what it catches. */
export interface AwaitableActions<N extends TaskName = TaskName> extends Pick<TaskActions<N>, 'reset'> {
  /** Starts the task, and shows this run from now on. The handle that it gives may be awaited, or left alone. */
  run(...args: RunInputs<N>): Omit<TaskHandle<N>, 'catch'>
  /** Asks the server to cancel the task that is shown. Does nothing if there is none. */
  cancel(): Omit<Promise<TaskInfo<N>>, 'catch'> | undefined
}
