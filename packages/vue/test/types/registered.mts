import {
  createTaskApi,
  type TaskProgress,
  useTask,
  useTaskClient,
  useTaskRun,
  useTasks,
} from '@django-task-api/vue'
import type { TaskClient, TaskError, TaskHandle, TaskInfo } from 'django-task-api'
import { expectTypeOf } from 'vitest'
import { computed, ref } from 'vue'

// Names and inputs.
const sum = useTask('sum', { resume: 'my-sum' })
expectTypeOf(sum.run({ numbers: [1, 2] })).toEqualTypeOf<Omit<TaskHandle<'sum'>, 'catch'>>()
expectTypeOf((await sum.run({ numbers: [1, 2] })).outputs).toEqualTypeOf<{ sum: number }>()
useTask('greet').run()
useTask(() => 'clean' as const).run(null)
// @ts-expect-error There is no such task.
useTask('total')
// @ts-expect-error An input is missing.
sum.run({})
// @ts-expect-error The inputs are missing.
sum.run()
// @ts-expect-error An input has another type.
sum.run({ numbers: ['1'] })

// The state.
expectTypeOf(sum.status.value).toEqualTypeOf<
  'idle' | 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'
>()
expectTypeOf(sum.progress.value).toEqualTypeOf<TaskProgress>()
expectTypeOf(sum.error.value).toEqualTypeOf<TaskError | undefined>()
expectTypeOf(sum.isActive.value).toEqualTypeOf<boolean>()
expectTypeOf(sum.outputs.value?.sum).toEqualTypeOf<number | undefined>()
// @ts-expect-error There is no such output.
sum.outputs.value?.total
// @ts-expect-error It may not have succeeded.
sum.outputs.value.sum
// @ts-expect-error It is readonly.
sum.status.value = 'idle'
expectTypeOf((await sum).outputs.value?.sum).toEqualTypeOf<number | undefined>()

// Callbacks, and arguments that are refs.
useTask('sum', {
  onSuccess: info => expectTypeOf(info.outputs.sum).toEqualTypeOf<number>(),
  onProgress: info => expectTypeOf(info).toEqualTypeOf<TaskInfo<'sum'>>(),
})
// @ts-expect-error There is no such option.
useTask('sum', { onDone() {} })
useTaskRun(ref<string | null>(null))
useTaskRun(computed(() => undefined))
const run = useTaskRun<'sum'>(() => '…')
expectTypeOf(run.outputs.value?.sum).toEqualTypeOf<number | undefined>()
// @ts-expect-error It is followed, not run.
run.run({ numbers: [] })

expectTypeOf(useTasks({ task: 'sum', status: ref('failed' as const) }).tasks.value).toEqualTypeOf<
  TaskInfo<'sum'>[]
>()
expectTypeOf(useTasks(() => ({ task: 'sum' as const })).tasks.value).toEqualTypeOf<TaskInfo<'sum'>[]>()
// @ts-expect-error There is no such status.
useTasks({ status: 'done' })

expectTypeOf(useTaskClient()).toEqualTypeOf<TaskClient>()
createTaskApi({ baseURL: '/x/' })
createTaskApi(useTaskClient())
// @ts-expect-error There is no such option.
createTaskApi({ url: '/x/' })
