import { list, run, type TaskInputs, type TaskName, type TaskOutputs, watch } from 'django-task-api'
import { expectTypeOf } from 'vitest'
import type { JsonObject, JsonValue, Tree } from './tasks.gen'

// Names.
expectTypeOf<TaskName>().toEqualTypeOf<
  | 'annotated'
  | 'scalars'
  | 'containers'
  | 'fields'
  | 'defaults'
  | 'recursive'
  | 'schemas'
  | 'nothing'
  | "reports.früh-jahr 'Δ'\\"
>()
// @ts-expect-error There is no such task.
run('scalar', {})
// @ts-expect-error Nor one to list.
list({ task: 'scalar' })

// Nothing in, nothing out.
run('nothing')
run('nothing', {})
// @ts-expect-error There is no such input.
run('nothing', { more: 1 })
// @ts-expect-error There is no such output.
run('nothing').then(info => info.outputs.more)

// Scalars, the same in and out.
const scalars = {
  any: { deep: [1, 'two', null, { more: true }] },
  boolean: true,
  choice: 'red' as const,
  date: '2026-01-31',
  datetime: '2026-01-31T13:45:00Z',
  decimal: '1.50',
  duration: 'PT1H',
  email: 'ada@example.com',
  enum: 's' as const,
  float: 0.5,
  int: 3,
  model: 1,
  number: 1.5,
  string: 'text',
  time: '13:45:00',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000001',
}
run('scalars', scalars)
run('scalars', { ...scalars, choice: 3, enum: 'l', any: null })
// @ts-expect-error Inputs are missing.
run('scalars', { boolean: true })
// @ts-expect-error All are.
run('scalars')
// @ts-expect-error There is no such input.
run('scalars', { ...scalars, more: 1 })
// @ts-expect-error Not one of the choices.
run('scalars', { ...scalars, choice: 'blue' })
// @ts-expect-error Not a value of the enumeration, though it is one's name.
run('scalars', { ...scalars, enum: 'SMALL' })
// @ts-expect-error A date is text.
run('scalars', { ...scalars, date: new Date() })
// @ts-expect-error A decimal is text, for it is exact.
run('scalars', { ...scalars, decimal: 1.5 })
// @ts-expect-error A whole number is no text.
run('scalars', { ...scalars, int: '3' })
// @ts-expect-error Not null.
run('scalars', { ...scalars, string: null })
// @ts-expect-error A function is no JSON.
run('scalars', { ...scalars, any: () => 1 })
expectTypeOf<TaskOutputs<'scalars'>>().toEqualTypeOf<TaskInputs<'scalars'>>()
expectTypeOf<TaskOutputs<'scalars'>>().toEqualTypeOf<{
  any: JsonValue
  boolean: boolean
  choice: 'red' | 'green' | 3 | true
  date: string
  datetime: string
  decimal: string
  duration: string
  email: string
  enum: 's' | 'l'
  float: number
  int: number
  model: number
  number: number
  string: string
  time: string
  url: string
  uuid: string
}>()

// Containers.
const inputs: TaskInputs<'containers'> = {
  dict: { any: 'thing' },
  list: [1, null],
  matrix: [[1, 2], [3]],
  object: { name: 'box', inner: {} },
  empty: {},
  tuple: ['a', null],
  mapping: { a: 1 },
  sizes: { l: 3 },
  union: ['a'],
  point: { x: 1 },
}
const containers = await run('containers', inputs)
run('containers', {
  ...inputs,
  dict: [1],
  list: [],
  object: { name: 'box', size: null, inner: { deep: ['2026-01-31'] }, 'not an identifier': 1 },
  union: 1,
  point: { x: 1, label: 'here' },
})
expectTypeOf(containers.outputs.matrix).toEqualTypeOf<number[][]>()
expectTypeOf(containers.outputs.list).toEqualTypeOf<(number | null)[]>()
expectTypeOf(containers.outputs.dict).toEqualTypeOf<JsonObject | JsonValue[]>()
expectTypeOf(containers.outputs.object.size).extract<string>().toEqualTypeOf<'s' | 'l'>()
expectTypeOf(containers.outputs.tuple).toEqualTypeOf<[string, number | null]>()
expectTypeOf(containers.outputs.mapping.a).toEqualTypeOf<number | undefined>()
expectTypeOf(containers.outputs.union).toEqualTypeOf<number | string[]>()
expectTypeOf(containers.outputs.point.x).toEqualTypeOf<number>()
expectTypeOf(containers.outputs.object.inner.deep?.[0]).toEqualTypeOf<string | undefined>()
// @ts-expect-error There is no such field.
containers.outputs.object.title
// @ts-expect-error There is no such output.
containers.outputs.pair
// @ts-expect-error A field of another type.
run('containers', { ...inputs, object: { name: 1, inner: {} } })
// @ts-expect-error A field too many.
run('containers', { ...inputs, object: { name: 'box', inner: {}, title: '' } })
// @ts-expect-error An item of another type.
run('containers', { ...inputs, matrix: [['1']] })

// @ts-expect-error Too few for a tuple.
run('containers', { ...inputs, tuple: ['a'] })
// @ts-expect-error A value of another type.
run('containers', { ...inputs, mapping: { a: 'b' } })
// @ts-expect-error Not one of the keys.
run('containers', { ...inputs, sizes: { m: 1 } })
// @ts-expect-error None of the types.
run('containers', { ...inputs, union: 'a' })
// @ts-expect-error A field is missing.
run('containers', { ...inputs, point: {} })

// Serializers: what is only read is no input, what is only written no output.
const address = { street: '1 Main Street', secret: 's', tags: null, counts: { a: 1 } }
const fields = await run('fields', { address, price: '9.99' })
expectTypeOf(fields.outputs.address.id).toEqualTypeOf<number>()
expectTypeOf(fields.outputs.many[0]?.city).toEqualTypeOf<string | undefined>()
expectTypeOf(fields.outputs.address.counts.a).toEqualTypeOf<number | undefined>()
// @ts-expect-error It is only written.
fields.outputs.address.secret
// @ts-expect-error It is only read.
run('fields', { address: { ...address, id: 1 }, price: '9.99' })

// Defaults make inputs optional; null is a value of its own.
run('defaults', { nullable: null })
run('defaults', {
  nullable: 1,
  optional: 1,
  text: '',
  number: '1',
  items: [],
  computed: '2026-01-31',
  nothing: null,
})
// @ts-expect-error It has no default.
run('defaults', {})
// @ts-expect-error Optional is not nullable.
run('defaults', { nullable: 1, optional: null })
const { outputs } = await run('defaults', { nullable: null })
expectTypeOf(outputs).toEqualTypeOf<{ maybe?: string; null: number | null }>()

// What is read off `run()`.
run('annotated', { numbers: [1] })
run('annotated', {
  numbers: [],
  kind: 'short',
  day: null,
  size: 'l',
  pair: ['b', 2],
  counts: { a: 1, b: 'two' },
})
// @ts-expect-error Not one of the literals.
run('annotated', { numbers: [], kind: 'middle' })
// @ts-expect-error It has no default.
run('annotated', { kind: 'short' })
expectTypeOf<TaskOutputs<'annotated'>>().toEqualTypeOf<{
  rows: { x: number; label: string; distance: number }[]
  kind: 'long' | 'short'
  note?: string
}>()

// Types that contain themselves.
const tree: Tree = { value: 1, left: { value: 2, right: null } }
const forest = await run('recursive', { tree, other: [[], [[]]], thread: { replies: [{}] } })
expectTypeOf(forest.outputs.trees[0]?.left?.right?.value).toEqualTypeOf<number | undefined>()
// @ts-expect-error Deep down, too, a value has its type.
run('recursive', { tree: { value: 1, left: { value: '2' } }, other: [], thread: {} })

// Any schema of one's own.
const schemas: TaskInputs<'schemas'> = {
  pair: ['a', 1],
  open_tuple: ['a', null, true, false],
  record: { a: 1, b: null },
  open: { id: 1, more: ['x'] },
  patterns: { 'x-a': 'b' },
  constant: { version: 1, exact: [true, null] },
  union: ['a'],
  both: { a: 1, b: null },
  long: 'a rather long value, number 3',
  unknown: null,
  anything: {},
}
run('schemas', { ...schemas, open_tuple: [], union: 'a' })
// @ts-expect-error A pair has two items.
run('schemas', { ...schemas, pair: ['a'] })
// @ts-expect-error And not three.
run('schemas', { ...schemas, pair: ['a', 1, 2] })
// @ts-expect-error In this order.
run('schemas', { ...schemas, pair: [1, 'a'] })
// @ts-expect-error The rest are booleans.
run('schemas', { ...schemas, open_tuple: ['a', 1, 'b'] })
// @ts-expect-error A record's values have a type.
run('schemas', { ...schemas, record: { a: 'b' } })
// @ts-expect-error A named member has its own.
run('schemas', { ...schemas, open: { id: 'a' } })
// @ts-expect-error It is that value alone.
run('schemas', { ...schemas, constant: { version: 2, exact: [true, null] } })
// @ts-expect-error It is both.
run('schemas', { ...schemas, both: { a: 1 } })

// Names.
const named = { class: 'a', 'with-dash': 1, größe: 1 }
run("reports.früh-jahr 'Δ'\\", { ...named, "it's": 1, '1st': 1, 'line\nbreak': 1, '\u2028': 1 })
// @ts-expect-error Inputs are missing.
run("reports.früh-jahr 'Δ'\\", { class: 'a' })
expectTypeOf<TaskOutputs<"reports.früh-jahr 'Δ'\\">['constructor']>().toEqualTypeOf<string>()

// Outputs are there once the task has succeeded, and are told apart by the task's name.
const info = watch('00000000-0000-4000-8000-000000000001').getSnapshot()
if (info?.task === 'schemas' && info.status === 'succeeded')
  expectTypeOf(info.outputs.union).toEqualTypeOf<string | number | null>()
// @ts-expect-error It may be any task.
if (info?.status === 'succeeded') info.outputs.union
// @ts-expect-error It may not have succeeded.
if (info?.task === 'schemas') info.outputs.union
