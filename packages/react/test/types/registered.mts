// biome-ignore-all lint/correctness/useHookAtTopLevel: this is compiled, not run.
import {
  TaskClientProvider,
  type TaskProgress,
  useTask,
  useTaskClient,
  useTaskRun,
  useTasks,
} from '@django-task-api/react'
import type { ConnectionState, TaskClient, TaskError, TaskHandle, TaskInfo } from 'django-task-api'
import { expectTypeOf } from 'vitest'

// Names and inputs.
const sum = useTask('sum', { resume: 'my-sum' })
expectTypeOf(sum.run({ numbers: [1, 2] })).toEqualTypeOf<TaskHandle<'sum'>>()
useTask('greet').run()
useTask('greet').run({ name: 'Ada' })
useTask('clean').run(null)
// @ts-expect-error There is no such task.
useTask('total')
// @ts-expect-error An input is missing.
sum.run({})
// @ts-expect-error The inputs are missing.
sum.run()
// @ts-expect-error An input has another type.
sum.run({ numbers: ['1'] })
// @ts-expect-error There is no such input.
sum.run({ numbers: [1], digits: 2 })

// The state.
expectTypeOf(sum.status).toEqualTypeOf<
  'idle' | 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled'
>()
expectTypeOf(sum.progress).toEqualTypeOf<TaskProgress>()
expectTypeOf(sum.messages).toEqualTypeOf<unknown[]>()
expectTypeOf(sum.error).toEqualTypeOf<TaskError | undefined>()
expectTypeOf(sum.uuid).toEqualTypeOf<string | undefined>()
expectTypeOf(sum.connection).toEqualTypeOf<ConnectionState>()
expectTypeOf(sum.isActive).toEqualTypeOf<boolean>()
expectTypeOf(sum.outputs?.sum).toEqualTypeOf<number | undefined>()
// @ts-expect-error It may not have succeeded.
sum.outputs.sum
// @ts-expect-error There is no such output.
sum.outputs?.total
if (sum.isSucceeded) expectTypeOf(sum.outputs.sum).toEqualTypeOf<number>()
if (sum.status === 'succeeded') expectTypeOf(sum.outputs).toEqualTypeOf<{ sum: number }>()
if (sum.status === 'failed') expectTypeOf(sum.error).toEqualTypeOf<TaskError>()
// @ts-expect-error There is no such status.
sum.status === 'done'

// Callbacks.
useTask('sum', {
  onSuccess: info => expectTypeOf(info.outputs.sum).toEqualTypeOf<number>(),
  onProgress: info => expectTypeOf(info).toEqualTypeOf<TaskInfo<'sum'>>(),
  onError: error => expectTypeOf(error).toEqualTypeOf<TaskError>(),
  onMessage: message => expectTypeOf(message).toEqualTypeOf<unknown>(),
})
// @ts-expect-error There is no such option.
useTask('sum', { onDone() {} })

// Tasks of before.
const any = useTaskRun('…')
if (any.info?.task === 'greet' && any.info.status === 'succeeded')
  expectTypeOf(any.info.outputs.text).toEqualTypeOf<string>()
const run = useTaskRun<'sum'>(null)
if (run.isSucceeded) expectTypeOf(run.outputs.sum).toEqualTypeOf<number>()
// @ts-expect-error It is followed, not run.
run.run({ numbers: [] })

expectTypeOf(useTasks({ task: 'sum', status: 'failed' }).tasks).toEqualTypeOf<TaskInfo<'sum'>[]>()
expectTypeOf(useTasks().tasks).toEqualTypeOf<TaskInfo[]>()
// @ts-expect-error There is no such task.
useTasks({ task: 'total' })
// @ts-expect-error There is no such status.
useTasks({ status: 'done' })

expectTypeOf(useTaskClient()).toEqualTypeOf<TaskClient>()
// @ts-expect-error The client is missing.
TaskClientProvider({})
