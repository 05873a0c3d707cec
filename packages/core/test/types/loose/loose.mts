import tasks, { run, type TaskInfo, type TaskName, watch } from 'django-task-api'
import { expectTypeOf } from 'vitest'

expectTypeOf<TaskName>().toEqualTypeOf<string>()

interface Inputs {
  numbers: number[]
}
const inputs: Inputs = { numbers: [1, 2] }

run('anything', inputs, json => console.log(json.outputs.sum, json.status, json.progress))
run('anything').then(json => console.log(json.outputs.sum + 1))
run(
  'anything',
  {},
  null,
  json => console.log(json.outputs.sum),
  json => console.log(json.status),
)
tasks.run('anything', { deep: { list: [1, 'two', null] } }, { onProgress: info => console.log(info.target) })

const info = watch('00000000-0000-4000-8000-000000000001').getSnapshot()
expectTypeOf(info).toEqualTypeOf<TaskInfo | undefined>()
if (info?.status === 'failed') expectTypeOf(info.error.code).toEqualTypeOf<string>()
// @ts-expect-error There is no such status.
if (info?.status === 'done') console.log(info)
