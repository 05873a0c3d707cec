import tasks, {
  createClient,
  list,
  type Register,
  run,
  type SucceededTask,
  TaskError,
  type TaskHandle,
  type TaskInfo,
  type TaskInputs,
  type TaskName,
  type TaskOutputs,
  watch,
} from 'django-task-api'
import { expectTypeOf } from 'vitest'

expectTypeOf<keyof Register>().toEqualTypeOf<'tasks'>()
expectTypeOf<TaskName>().toEqualTypeOf<'sum' | 'greet' | 'clean'>()
expectTypeOf<TaskInputs<'sum'>>().toEqualTypeOf<{ numbers: number[] }>()
expectTypeOf<TaskOutputs<'greet'>>().toEqualTypeOf<{ text: string }>()

// Names and inputs.
const sum = run('sum', { numbers: [1, 2] })
expectTypeOf(sum).toEqualTypeOf<TaskHandle<'sum'>>()
run('greet')
run('greet', {}, { onProgress() {} })
run('clean', null, null)
// @ts-expect-error There is no such task.
run('total', { numbers: [1, 2] })
// @ts-expect-error An input is missing.
run('sum', {})
// @ts-expect-error The inputs are missing.
run('sum')
// @ts-expect-error An input has another type.
run('sum', { numbers: ['1'] })
// @ts-expect-error There is no such input.
run('sum', { numbers: [1], digits: 2 })

// The outcome.
expectTypeOf(sum).resolves.toEqualTypeOf<SucceededTask<'sum'>>()
expectTypeOf((await sum).outputs).toEqualTypeOf<{ sum: number }>()
expectTypeOf(sum.then(info => info.outputs.sum)).resolves.toEqualTypeOf<number>()
expectTypeOf<Promise<SucceededTask<'sum'>>>(sum)
for await (const info of sum) expectTypeOf(info).toEqualTypeOf<TaskInfo<'sum'>>()

// Outputs are narrowed by status, and by the name where it may be any.
const snapshot = sum.getSnapshot()
expectTypeOf(snapshot).toEqualTypeOf<TaskInfo<'sum'> | undefined>()
if (snapshot) {
  // @ts-expect-error The task may not have succeeded.
  snapshot.outputs.sum
  if (snapshot.status === 'succeeded') expectTypeOf(snapshot.outputs.sum).toEqualTypeOf<number>()
  if (snapshot.status === 'failed') expectTypeOf(snapshot.error.message).toEqualTypeOf<string>()
  if (snapshot.status === 'running') expectTypeOf(snapshot.outputs).not.toHaveProperty('sum')
}
const any = watch('00000000-0000-4000-8000-000000000001').getSnapshot()
if (any?.task === 'greet' && any.status === 'succeeded')
  expectTypeOf(any.outputs.text).toEqualTypeOf<string>()
expectTypeOf(watch<'sum'>('…').cancel()).resolves.toEqualTypeOf<TaskInfo<'sum'>>()

// Callbacks, by name and in version 1's order.
run(
  'sum',
  { numbers: [] },
  {
    onProgress: info => expectTypeOf(info).toEqualTypeOf<TaskInfo<'sum'>>(),
    onSuccess: info => expectTypeOf(info.outputs.sum).toEqualTypeOf<number>(),
    onError: error => expectTypeOf(error).toEqualTypeOf<TaskError>(),
    onMessage: message => expectTypeOf(message).toEqualTypeOf<unknown>(),
    signal: new AbortController().signal,
  },
)
run(
  'sum',
  { numbers: [] },
  info => expectTypeOf(info.progress).toEqualTypeOf<number | null>(),
  info => expectTypeOf(info.outputs.sum).toEqualTypeOf<number>(),
  error => expectTypeOf(error.detail).toEqualTypeOf<unknown>(),
)
run('sum', { numbers: [] }, null, null, null)
// @ts-expect-error There is no such option.
run('sum', { numbers: [] }, { onDone() {} })

// The rest.
expectTypeOf(list({ task: 'sum' }))
  .resolves.toHaveProperty('results')
  .toEqualTypeOf<TaskInfo<'sum'>[]>()
// @ts-expect-error There is no such status.
list({ status: 'done' })
// @ts-expect-error There is no such transport.
createClient({ transport: 'websocket' })
createClient({ baseURL: '/x/', headers: async () => ({ Authorization: 'Token' }) }).run('sum', {
  numbers: [1],
})
tasks.options.pollInterval = 500
// @ts-expect-error It is a number of milliseconds.
tasks.options.pollInterval = '1s'
const { run: runIt } = tasks
runIt('sum', { numbers: [1] })

const error: unknown = new TaskError('http', 'A test.')
if (error instanceof TaskError) {
  expectTypeOf(error.status).toEqualTypeOf<
    'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled' | undefined
  >()
  expectTypeOf(error.messages).toEqualTypeOf<unknown[] | undefined>()
  expectTypeOf(error.error?.code).toEqualTypeOf<string | undefined>()
  if (error.code === 'not_found') expectTypeOf(error.httpStatus).toEqualTypeOf<number | undefined>()
}
